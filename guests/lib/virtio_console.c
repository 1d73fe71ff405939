/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio console on the lguest bus: legacy virtqueues, one buffer each way at a time. */
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>

#include "guests/lib/virtio_console.h"
#include "guests/lib/boot.h"
#include "guests/lib/hypercall.h"
#include "guests/lib/irq.h"
#include "guests/lib/paging.h"
#include "guests/lib/string.h"
#include "guests/lib/trap.h"

#define DEVICE_VA    0xE0000000u
#define DEVICE_PAGES 256 /* what the host may put above RAM */
#define QUEUE_MAX    256
#define DESC_WRITE   2 /* VRING_DESC_F_WRITE: the host writes */

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};

struct avail {
	uint16_t flags, idx, ring[];
};

struct used_elem {
	uint32_t id, len;
};

struct used {
	uint16_t flags, idx;
	struct used_elem ring[];
};

struct queue {
	uint32_t gpa;
	uint16_t num, irq;
	volatile struct desc *desc;
	volatile struct avail *avail;
	volatile struct used *used;
	uint16_t taken; /* used entries looked at */
};

static struct queue input, output;
static char input_buf[128], output_buf[256];
static size_t input_len, input_at;
static bool input_posted;

/* Maps a device page the first time it is asked for. */
static void *device_page(uint32_t gpa)
{
	uint32_t va = gpa;

	if (guest_is_linear())
		return (void *)(uintptr_t)va;
	va = DEVICE_VA + (gpa - boot_ram_bytes());
	for (uint32_t page = va & PAGE_MASK, n = 0; n < 4; n++, page += PAGE_SIZE) {
		uint32_t target = (gpa & PAGE_MASK) + n * PAGE_SIZE;

		if (pt_get(pt_root(), page) & PTE_PRESENT ||
		    target >= boot_ram_bytes() + DEVICE_PAGES * PAGE_SIZE)
			continue;
		pt_map(pt_root(), page, target | PTE_KERNEL_PAGE);
	}
	return (void *)(uintptr_t)va;
}

static bool queue_init(struct queue *q, const struct lguest_vqconfig *config)
{
	uint8_t *ring;
	uint32_t head;

	q->gpa = config->pfn * PAGE_SIZE;
	q->num = config->num;
	q->irq = config->irq;
	if (!q->num || q->num > QUEUE_MAX || q->num & (q->num - 1))
		return false;
	/* Legacy layout (virtio 0.9.5, 2.3): the used ring on the next page boundary. */
	head = sizeof(struct desc) * q->num + sizeof(uint16_t) * (3 + q->num);
	ring = device_page(q->gpa);
	memset(ring, 0, head);
	q->desc = (volatile struct desc *)ring;
	q->avail = (volatile struct avail *)(ring + sizeof(struct desc) * q->num);
	q->used = (volatile struct used *)(ring + ALIGN_UP(head, LGUEST_VRING_ALIGN));
	return true;
}

/* Hands descriptor 0 of the queue, one buffer, to the host. */
static void queue_post(struct queue *q, void *buf, uint32_t len, uint16_t flags)
{
	q->desc[0].addr = virt_to_phys(buf);
	q->desc[0].len = len;
	q->desc[0].flags = flags;
	q->avail->ring[q->avail->idx % q->num] = 0;
	barrier();
	q->avail->idx = q->avail->idx + 1;
	barrier();
	hcall1(LHCALL_NOTIFY, q->gpa);
}

static bool queue_is_done(const struct queue *q)
{
	return q->used->idx != q->taken;
}

static void input_post(void)
{
	input_len = 0;
	input_at = 0;
	input_posted = true;
	queue_post(&input, input_buf, sizeof(input_buf), DESC_WRITE);
}

static bool input_came(struct regs *r)
{
	(void)r;
	return true;
}

bool virtio_console_init(void)
{
	uint32_t gpa = boot_ram_bytes(), at = 0;
	uint8_t *page = device_page(gpa);

	while (at + sizeof(struct lguest_device_desc) < PAGE_SIZE) {
		struct lguest_device_desc *d = (void *)(page + at);
		struct lguest_vqconfig *queues = (void *)(d + 1);

		if (!d->type)
			return false;
		if (d->type == VIRTIO_ID_CONSOLE && d->num_vq >= 2) {
			if (!queue_init(&input, &queues[0]) || !queue_init(&output, &queues[1]))
				return false;
			d->status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
				    VIRTIO_CONFIG_S_DRIVER_OK;
			hcall1(LHCALL_NOTIFY, gpa + at);
			trap_handle(IRQ_VECTOR(input.irq), input_came);
			input_post();
			return true;
		}
		at += sizeof(*d) + d->num_vq * sizeof(*queues) + d->feature_len * 2 + d->config_len;
	}
	return false;
}

bool virtio_console_write(const char *text, size_t len)
{
	while (len) {
		size_t part = len < sizeof(output_buf) ? len : sizeof(output_buf);

		memcpy(output_buf, text, part);
		queue_post(&output, output_buf, part, 0);
		for (uint32_t patience = 0; !queue_is_done(&output); patience++) {
			if (patience == 10000000)
				return false;
			barrier();
		}
		output.taken++;
		text += part;
		len -= part;
	}
	return true;
}

size_t virtio_console_read(char *buf, size_t size)
{
	size_t part;

	if (input_posted && queue_is_done(&input)) {
		input_len = input.used->ring[input.taken % input.num].len;
		if (input_len > sizeof(input_buf))
			input_len = sizeof(input_buf);
		input.taken++;
		input_posted = false;
	}
	part = input_len - input_at < size ? input_len - input_at : size;
	memcpy(buf, input_buf + input_at, part);
	input_at += part;
	if (!input_posted && input_at == input_len)
		input_post();
	return part;
}

unsigned virtio_console_irq(void)
{
	return input.irq;
}

unsigned virtio_console_output_irq(void)
{
	return output.irq;
}
