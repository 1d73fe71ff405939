/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Serial ports on PCI cards. */
#ifndef GATEHOUSE_DRIVERS_UART_PCI_H
#define GATEHOUSE_DRIVERS_UART_PCI_H

#include "core/types.h"

struct uart_pci {
	uint16_t port;
	uint8_t irq_line; /* 0 or 255: none */
};

/*
 * The port number n of the serial cards in the order of the bus: functions of
 * class 07, 00 or 02 with the programming interface of a 16550 (02), whose
 * I/O BARs have a UART at each 8 bytes. Only ports are used: works before there
 * is memory. The card is switched on. False: there is none.
 */
bool uart_pci_find(unsigned n, struct uart_pci *found);

#endif
