/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's own virtio disks (virtio 1.0, 5.2; discard and write zeroes: 1.1). */
#ifndef GATEHOUSE_DRIVERS_HOST_VIRTIO_BLK_H
#define GATEHOUSE_DRIVERS_HOST_VIRTIO_BLK_H

#include "drivers/host_device.h"

extern const struct host_driver host_virtio_blk_driver;

#endif
