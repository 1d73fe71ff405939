/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes a virtqueue: the input is two bytes that choose size, alignment and
 * place of the ring, then the guest's memory.
 */
/* unit-sources: core/virtio/virtq.c */
#include "core/virtio/virtq.h"

#include <stdlib.h>
#include <string.h>

#include "core/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct virtq_buffer buffer;

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_buffer(const struct virtq *q, const struct vmem *mem)
{
	check(buffer.head < q->num);
	check(buffer.count >= 1 && buffer.count <= q->num);
	for (unsigned i = 0; i < buffer.count; i++) {
		const struct virtq_segment *s = &buffer.segments[i];

		check((uint64_t)s->gpa + s->bytes <= mem->bytes);
		if (s->bytes) { /* for ASan: a device uses both ends */
			mem->base[s->gpa] ^= 1;
			mem->base[s->gpa + s->bytes - 1] ^= 1;
		}
	}
}

/* Writing into segments changes the ring under the device: as a guest may. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t nums[] = {1, 2, 4, 8, 64, 256, 3, 0};
	static const uint32_t aligns[] = {4, 64, 4096, 16};
	struct vmem mem;
	struct virtq q;
	uint32_t align;
	gpa_t at;

	if (size < 2)
		return 0;
	mem.bytes = (uint32_t)size - 2;
	mem.base = malloc(mem.bytes ? mem.bytes : 1);
	memcpy(mem.base, data + 2, mem.bytes);
	align = aligns[data[0] >> 3 & 3];
	at = ALIGN_DOWN((gpa_t)data[1] * 16, MAX(align, 16u));
	virtq_init(&q, &mem, nums[data[0] & 7], at, align);
	for (unsigned n = 0; n < 1000 && virtq_pop(&q, &buffer); n++) {
		check_buffer(&q, &mem);
		virtq_push(&q, &buffer, n);
		virtq_wants_interrupt(&q);
		virtq_has_buffer(&q);
	}
	check(!q.is_broken || (q.why && !virtq_has_buffer(&q)));
	free(mem.base);
	return 0;
}
