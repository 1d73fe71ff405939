/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A real network card, as its driver shows it. Everything happens with interrupts off. */
#ifndef GATEHOUSE_CORE_NIC_H
#define GATEHOUSE_CORE_NIC_H

#include "core/types.h"

#define NIC_FRAME_MIN 14u
#define NIC_FRAME_MAX 1514u /* without the checksum at its end; shorter than 60 is padded */

struct nic {
	const struct nic_ops *ops;
	char name[8];   /* eth0 and so on, given by whoever collects the cards */
	char model[32]; /* such as "Intel 82540EM" */
	uint8_t mac[6];
	bool link_up;
	/* A frame came in; its memory is the driver's again when this returns. NULL: not wanted. */
	void (*received)(struct nic *n, const uint8_t *frame, uint32_t bytes);
	void *owner; /* of received */
	uint64_t rx_frames, tx_frames, rx_errors;
};

struct nic_ops {
	/* Memory for the next frame to go out, NIC_FRAME_MAX bytes; NULL while the ring is full. */
	uint8_t *(*tx_begin)(struct nic *n);
	/* Sends what tx_begin() gave, NIC_FRAME_MIN to NIC_FRAME_MAX bytes of it. */
	void (*tx_send)(struct nic *n, uint32_t bytes);
	/*
	 * After its interrupt, or to look: reclaims what was sent, passes at most
	 * budget frames to received(), follows the link. True: there are more.
	 */
	bool (*poll)(struct nic *n, unsigned budget);
};

#endif
