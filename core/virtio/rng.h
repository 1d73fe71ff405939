/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio entropy device (virtio 1.0, 5.4). */
#ifndef GATEHOUSE_CORE_VIRTIO_RNG_H
#define GATEHOUSE_CORE_VIRTIO_RNG_H

#include "core/virtio/device.h"

struct virtio_rng {
	struct virtio_device device;
	void (*fill)(void *to, uint32_t bytes);
};

/* fill() writes random bytes, at most 1024 of them in a notify or work. */
void virtio_rng_init(struct virtio_rng *r, const struct vmem *mem,
		     void (*fill)(void *to, uint32_t bytes));

#endif
