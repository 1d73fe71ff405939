/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's own virtio network cards (virtio 1.0, 5.1). */
#ifndef GATEHOUSE_DRIVERS_HOST_VIRTIO_NET_H
#define GATEHOUSE_DRIVERS_HOST_VIRTIO_NET_H

#include "drivers/host_device.h"

extern const struct host_driver host_virtio_net_driver;

#endif
