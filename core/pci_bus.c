/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PCI bus of a guest: bus 0 by configuration mechanism 1 (PCI 3.0,
 * 3.2.2.3.2), a host bridge in slot 0, the devices after it.
 */
#include "core/devices.h"
#include "core/guest.h"
#include "core/lib.h"

#include <linux/pci_regs.h>

#define PORT_ADDRESS 0xCF8
#define PORT_DATA    0xCFC
#define ADDRESS_ON   0x80000000u

/* An ordinary-looking host bridge (class 0600) with nothing to configure. */
static uint32_t bridge_read(uint32_t offset, unsigned size)
{
	static const uint8_t bridge[64] = {
		[PCI_VENDOR_ID] = 0x86, [PCI_VENDOR_ID + 1] = 0x80, /* 8086:1237, Intel 440FX */
		[PCI_DEVICE_ID] = 0x37, [PCI_DEVICE_ID + 1] = 0x12, [PCI_CLASS_DEVICE + 1] = 0x06,
	};
	uint32_t value = 0;

	if (offset + size <= sizeof(bridge))
		memcpy(&value, bridge + offset, size);
	return value;
}

/* What the address register points at; NULL for nothing, and for the bridge (slot 0). */
static struct virtio_pci *addressed(struct guest *g, unsigned *slot)
{
	uint32_t a = g->devices.pci_address;

	*slot = a >> 11 & 31;
	if (!(a & ADDRESS_ON) || a >> 16 & 0xFF || a >> 8 & 7 || *slot > g->devices.count)
		*slot = ~0u;
	return *slot == ~0u || *slot == 0 ? NULL : &g->devices.pci[*slot - 1];
}

/* The register a port access means; false when it runs over the end of its dword. */
static bool register_of(const struct guest *g, uint16_t port, unsigned size, uint32_t *offset)
{
	*offset = (g->devices.pci_address & 0xFC) + (port - PORT_DATA);
	return (port & 3) + size <= 4;
}

static uint32_t data_read(struct guest *g, uint16_t port, unsigned size)
{
	uint32_t offset;
	unsigned slot;
	struct virtio_pci *p = addressed(g, &slot);

	if (slot == ~0u || !register_of(g, port, size, &offset))
		return 0xFFFFFFFF;
	return p ? virtio_pci_config_read(p, offset, size) : bridge_read(offset, size);
}

static void data_write(struct guest *g, uint16_t port, unsigned size, uint32_t value)
{
	uint32_t offset;
	unsigned slot;
	struct virtio_pci *p = addressed(g, &slot);

	if (p && register_of(g, port, size, &offset))
		virtio_pci_config_write(p, offset, size, value);
	devices_check(g);
}

uint32_t pci_bus_read(struct guest *g, uint16_t port, unsigned size)
{
	if (port == PORT_ADDRESS && size == 4)
		return g->devices.pci_address;
	return port >= PORT_DATA ? data_read(g, port, size) : 0xFFFFFFFF;
}

void pci_bus_write(struct guest *g, uint16_t port, unsigned size, uint32_t value)
{
	if (port == PORT_ADDRESS && size == 4)
		g->devices.pci_address = value & (ADDRESS_ON | 0x00FFFFFC);
	else if (port >= PORT_DATA)
		data_write(g, port, size, value);
}

struct virtio_pci *pci_bus_find(struct guest *g, uint64_t gpa, uint32_t *offset)
{
	unsigned usual = ((uint32_t)gpa - g->devices.first_bar) / VIRTIO_PCI_BAR_BYTES;

	if (usual < g->devices.count && virtio_pci_claims(&g->devices.pci[usual], gpa, offset))
		return &g->devices.pci[usual];
	for (unsigned i = 0; i < g->devices.count; i++)
		if (virtio_pci_claims(&g->devices.pci[i], gpa, offset))
			return &g->devices.pci[i];
	return NULL;
}
