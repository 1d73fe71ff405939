/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Serial ports on PCI cards. */
#include "drivers/uart_pci.h"

#include "drivers/pci.h"
#include "drivers/uart16550.h"

#define CLASS_COMMUNICATION 0x07
#define SUBCLASS_SERIAL     0x00
#define SUBCLASS_MULTIPORT  0x02
#define INTERFACE_16550     0x02
#define UART_PORTS          8u

static bool is_serial(const struct pci_function *f)
{
	return f->class == CLASS_COMMUNICATION && f->interface == INTERFACE_16550 &&
	       (f->subclass == SUBCLASS_SERIAL || f->subclass == SUBCLASS_MULTIPORT);
}

/* Number *n of the card's, or *n less those it has. */
static bool find_on(const struct pci_function *f, unsigned *n, struct uart_pci *found)
{
	pci_enable(f);
	for (unsigned i = 0; i < 6; i++) {
		struct pci_bar bar = pci_bar(f, i);

		for (uint32_t at = 0; bar.is_io && bar.base && at + UART_PORTS <= bar.bytes;
		     at += UART_PORTS) {
			*found = (struct uart_pci){(uint16_t)(bar.base + at), f->irq_line};
			if (!uart_probe(found->port))
				break;
			if ((*n)-- == 0)
				return true;
		}
	}
	return false;
}

bool uart_pci_find(unsigned n, struct uart_pci *found)
{
	struct pci_function functions[PCI_MAX_FUNCTIONS];
	unsigned count = pci_scan(functions, PCI_MAX_FUNCTIONS);

	for (unsigned i = 0; i < count; i++)
		if (is_serial(&functions[i]) && find_on(&functions[i], &n, found))
			return true;
	return false;
}
