/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest sees at I/O ports. */
#include "core/ports.h"

#include "core/devices.h"

#define PORT_KEYBOARD_STATUS 0x64

static bool is_pci(uint16_t port)
{
	return (port & ~7) == 0xCF8;
}

uint32_t port_read(struct guest *g, uint16_t port, unsigned size)
{
	if (is_pci(port))
		return pci_bus_read(g, port, size);
	/* "Output buffer full": kernels that wait for the keyboard controller give up at once. */
	return port == PORT_KEYBOARD_STATUS ? 1 : 0xFFFFFFFF;
}

void port_write(struct guest *g, uint16_t port, unsigned size, uint32_t value)
{
	if (is_pci(port))
		pci_bus_write(g, port, size, value);
}
