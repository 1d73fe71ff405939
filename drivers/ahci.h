/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SATA disks on AHCI controllers. */
#ifndef GATEHOUSE_DRIVERS_AHCI_H
#define GATEHOUSE_DRIVERS_AHCI_H

#include "drivers/host_device.h"

/*
 * Its first 8 ports (AHCI 1.3.1), ATA disks only, without NCQ: one command at a
 * time on a port.
 */
extern const struct host_driver ahci_driver;

#endif
