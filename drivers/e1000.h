/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel's gigabit network cards from the 82543 on, as far as they understand
 * the descriptors of the first (PCI/PCI-X family developer's manual 317453, "8254x").
 */
#ifndef GATEHOUSE_DRIVERS_E1000_H
#define GATEHOUSE_DRIVERS_E1000_H

#include "drivers/host_device.h"

extern const struct host_driver e1000_driver;

#endif
