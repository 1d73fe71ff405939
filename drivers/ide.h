/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks on IDE controllers that master the bus. */
#ifndef GATEHOUSE_DRIVERS_IDE_H
#define GATEHOUSE_DRIVERS_IDE_H

#include "drivers/host_device.h"

/*
 * Two channels of two drives, ATA disks only, by DMA (Programming Interface
 * for Bus Master IDE Controller 1.0), in the transfer modes the firmware set.
 */
extern const struct host_driver ide_driver;

#endif
