/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio console device (virtio 1.0, 5.3): one port, emergency write. */
#ifndef GATEHOUSE_CORE_VIRTIO_CONSOLE_H
#define GATEHOUSE_CORE_VIRTIO_CONSOLE_H

#include "core/virtio/device.h"

/* Where the characters go and come from. All may be called at any notify or work. */
struct virtio_console_ends {
	/* Takes what it can now; returns how many bytes. */
	uint32_t (*write)(void *port, const char *text, uint32_t bytes);
	bool (*has_room)(const void *port);
	bool (*has_input)(const void *port);
	uint32_t (*read)(void *port, char *to, uint32_t bytes);
};

struct virtio_console {
	struct virtio_device device;
	const struct virtio_console_ends *ends;
	void *port;
	uint64_t done;     /* bytes of the buffer at the ring's front that are out already */
	bool output_waits; /* for room in the sinks */
};

void virtio_console_init(struct virtio_console *c, const struct vmem *mem,
			 const struct virtio_console_ends *ends, void *port);

/* What the driver is told of the terminal (5.3.4); a driver that knows sizes hears of a change. */
void virtio_console_set_size(struct virtio_console *c, uint16_t cols, uint16_t rows);

/* Input that arrived, output that had to wait, and what device.work_left stands for. */
void virtio_console_work(struct virtio_console *c);

#endif
