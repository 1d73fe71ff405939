/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes frames: the input is what a sender says about its frame (needs_csum,
 * gso_type, csum_start, csum_offset, gso_size: 8 bytes), then the frame.
 */
/* unit-sources: core/net_frame.c */
#include "core/net_frame.h"

#include <stdlib.h>

#include "test/unit/net_packets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t payload, pieces;

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void take_piece(void *ctx, struct net_frame *p)
{
	const struct net_frame *f = ctx;
	uint32_t ip_bytes = f->csum_start - 14u;

	check(p->bytes > f->header_bytes && p->bytes <= NET_FRAME_MAX);
	check(p->bytes - f->header_bytes <= f->gso_size);
	check(!p->needs_csum && p->gso_type == GSO_NONE);
	if (f->gso_type == GSO_TCPV4)
		check(be(p->data + 16, 2) == p->bytes - 14 &&
		      slow_sum(0, p->data + 14, ip_bytes) == 0xFFFF);
	else
		check(be(p->data + 18, 2) == p->bytes - 54);
	payload += p->bytes - f->header_bytes;
	pieces++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct net_frame f = {.bytes = (uint32_t)size - 8};
	uint8_t *piece;
	bool is_fine;

	if (size < 8)
		return 0;
	f.needs_csum = data[0] & 1;
	f.gso_type = data[1];
	memcpy(&f.csum_start, data + 2, 2);
	memcpy(&f.csum_offset, data + 4, 2);
	memcpy(&f.gso_size, data + 6, 2);
	f.data = malloc(f.bytes ? f.bytes : 1);
	piece = malloc(NET_FRAME_MAX);
	memcpy(f.data, data + 8, f.bytes);
	is_fine = net_check(&f);
	payload = pieces = 0;
	check(net_segment(&f, piece, take_piece, &f) == (is_fine && f.gso_type != GSO_NONE));
	if (is_fine && f.gso_type != GSO_NONE)
		check(payload == f.bytes - f.header_bytes && pieces <= NET_PIECES_MAX);
	if (is_fine && f.needs_csum)
		net_fill_csum(&f);
	free(piece);
	free(f.data);
	return 0;
}
