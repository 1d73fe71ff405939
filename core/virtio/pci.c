/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PCI transport (virtio 1.0, 4.1). */
#include "core/virtio/pci.h"

#include <linux/pci_regs.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_pci.h>

#include "core/lib.h"
#include "core/util.h"

#define PCI_VENDOR_VIRTIO    0x1AF4
#define PCI_DEVICE_MODERN(i) (0x1040 + (i))

/* The BAR. */
enum bar_layout {
	BAR_COMMON = 0x000,
	BAR_ISR = 0x100,
	BAR_DEVICE = 0x200,
	BAR_NOTIFY = 0x400,
	BAR_NOTIFY_END = 0x500,
};
#define NOTIFY_MULTIPLIER 4u

/* Capabilities in the configuration space. */
enum {
	CAP_COMMON = 0x40,
	CAP_NOTIFY = 0x50,
	CAP_ISR = 0x64,
	CAP_DEVICE = 0x74,
	CAP_PCI_CFG = 0x84
};

static void put(struct virtio_pci *p, uint32_t offset, unsigned size, uint32_t value)
{
	memcpy(p->config + offset, &value, size);
}

static uint32_t get(const struct virtio_pci *p, uint32_t offset, unsigned size)
{
	uint32_t value = 0;

	memcpy(&value, p->config + offset, size);
	return value;
}

static void add_capability(struct virtio_pci *p, uint8_t at, uint8_t next, uint8_t type,
			   uint32_t offset, uint32_t length)
{
	struct virtio_pci_cap cap = {.cap_vndr = PCI_CAP_ID_VNDR,
				     .cap_next = next,
				     .cap_len = sizeof(cap),
				     .cfg_type = type,
				     .offset = offset,
				     .length = length};

	if (type == VIRTIO_PCI_CAP_NOTIFY_CFG || type == VIRTIO_PCI_CAP_PCI_CFG)
		cap.cap_len += 4;
	memcpy(p->config + at, &cap, sizeof(cap));
}

/* PCI class codes (PCI Code and ID assignment, 1.x): base class, subclass. */
static uint16_t class_of(uint16_t virtio_id)
{
	switch (virtio_id) {
	case VIRTIO_ID_NET:
		return 0x0200;
	case VIRTIO_ID_BLOCK:
		return 0x0180;
	case VIRTIO_ID_CONSOLE:
		return 0x0780;
	default:
		return 0x00FF;
	}
}

void virtio_pci_init(struct virtio_pci *p, struct virtio_device *device, uint32_t bar, uint8_t line)
{
	uint16_t id = device->kind->id;

	memset(p, 0, sizeof(*p));
	p->device = device;
	put(p, PCI_VENDOR_ID, 2, PCI_VENDOR_VIRTIO);
	put(p, PCI_DEVICE_ID, 2, PCI_DEVICE_MODERN(id));
	put(p, PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
	put(p, PCI_REVISION_ID, 1, 1);
	put(p, PCI_CLASS_DEVICE, 2, class_of(id));
	put(p, PCI_BASE_ADDRESS_0, 4, bar);
	put(p, PCI_SUBSYSTEM_VENDOR_ID, 2, PCI_VENDOR_VIRTIO);
	put(p, PCI_SUBSYSTEM_ID, 2, PCI_DEVICE_MODERN(id));
	put(p, PCI_CAPABILITY_LIST, 1, CAP_COMMON);
	put(p, PCI_INTERRUPT_LINE, 1, line);
	add_capability(p, CAP_COMMON, CAP_NOTIFY, VIRTIO_PCI_CAP_COMMON_CFG, BAR_COMMON,
		       sizeof(struct virtio_pci_common_cfg));
	add_capability(p, CAP_NOTIFY, CAP_ISR, VIRTIO_PCI_CAP_NOTIFY_CFG, BAR_NOTIFY,
		       BAR_NOTIFY_END - BAR_NOTIFY);
	put(p, CAP_NOTIFY + VIRTIO_PCI_NOTIFY_CAP_MULT, 4, NOTIFY_MULTIPLIER);
	add_capability(p, CAP_ISR, CAP_DEVICE, VIRTIO_PCI_CAP_ISR_CFG, BAR_ISR, 1);
	add_capability(p, CAP_DEVICE, CAP_PCI_CFG, VIRTIO_PCI_CAP_DEVICE_CFG, BAR_DEVICE,
		       MAX(device->kind->config_bytes, 4u));
	add_capability(p, CAP_PCI_CFG, 0, VIRTIO_PCI_CAP_PCI_CFG, 0, 0);
}

/* ---- the BAR -------------------------------------------------------------- */

static uint32_t isr_read(struct virtio_pci *p)
{
	uint32_t isr = p->device->isr;

	p->device->isr = 0;
	if (p->lower)
		p->lower(p->device);
	return isr;
}

static uint32_t half(uint64_t value, uint32_t select)
{
	return select > 1 ? 0 : (uint32_t)(value >> (32 * select));
}

static const struct virtio_queue *selected(const struct virtio_pci *p)
{
	static const struct virtio_queue none;

	return p->queue_select < p->device->kind->queues ? &p->device->queues[p->queue_select]
							 : &none;
}

static uint32_t queue_read(const struct virtio_pci *p, uint32_t offset)
{
	const struct virtio_queue *q = selected(p);

	switch (offset) {
	case VIRTIO_PCI_COMMON_Q_SIZE:
		return q->num;
	case VIRTIO_PCI_COMMON_Q_ENABLE:
		return q->is_enabled;
	case VIRTIO_PCI_COMMON_Q_NOFF:
		return p->queue_select;
	case VIRTIO_PCI_COMMON_Q_DESCLO:
		return (uint32_t)q->desc;
	case VIRTIO_PCI_COMMON_Q_DESCHI:
		return (uint32_t)(q->desc >> 32);
	case VIRTIO_PCI_COMMON_Q_AVAILLO:
		return (uint32_t)q->avail;
	case VIRTIO_PCI_COMMON_Q_AVAILHI:
		return (uint32_t)(q->avail >> 32);
	case VIRTIO_PCI_COMMON_Q_USEDLO:
		return (uint32_t)q->used;
	case VIRTIO_PCI_COMMON_Q_USEDHI:
		return (uint32_t)(q->used >> 32);
	default:
		return 0;
	}
}

static uint32_t common_read(const struct virtio_pci *p, uint32_t offset)
{
	const struct virtio_device *d = p->device;

	switch (offset) {
	case VIRTIO_PCI_COMMON_DFSELECT:
		return p->device_feature_select;
	case VIRTIO_PCI_COMMON_DF:
		return half(d->offered, p->device_feature_select);
	case VIRTIO_PCI_COMMON_GFSELECT:
		return p->driver_feature_select;
	case VIRTIO_PCI_COMMON_GF:
		return half(d->accepted, p->driver_feature_select);
	case VIRTIO_PCI_COMMON_MSIX:
	case VIRTIO_PCI_COMMON_Q_MSIX:
		return VIRTIO_MSI_NO_VECTOR;
	case VIRTIO_PCI_COMMON_NUMQ:
		return d->kind->queues;
	case VIRTIO_PCI_COMMON_STATUS:
		/* a reset is complete when it reads 0 (4.1.4.3.1): not while a disk works for it */
		return d->status || !virtio_is_busy(d) ? d->status : VIRTIO_CONFIG_S_DRIVER;
	case VIRTIO_PCI_COMMON_CFGGENERATION:
		return d->generation;
	case VIRTIO_PCI_COMMON_Q_SELECT:
		return p->queue_select;
	default:
		return queue_read(p, offset);
	}
}

static void set_half(uint64_t *value, unsigned which, uint32_t part)
{
	unsigned shift = 32 * which;

	*value = (*value & ~(0xFFFFFFFFull << shift)) | (uint64_t)part << shift;
}

static void set_queue_num(const struct virtio_device *d, struct virtio_queue *q, uint32_t num)
{
	if (num && num <= d->kind->queue_num && !(num & (num - 1)))
		q->num = (uint16_t)num;
}

/* The addresses of a queue in use stay what they were. */
static void queue_write(struct virtio_pci *p, uint32_t offset, uint32_t value)
{
	struct virtio_device *d = p->device;
	struct virtio_queue *q;

	if (p->queue_select >= d->kind->queues)
		return;
	q = &d->queues[p->queue_select];
	if (q->is_enabled)
		return;
	switch (offset) {
	case VIRTIO_PCI_COMMON_Q_SIZE:
		set_queue_num(d, q, value);
		break;
	case VIRTIO_PCI_COMMON_Q_ENABLE:
		if (value == 1)
			virtio_enable_queue(d, p->queue_select);
		break;
	case VIRTIO_PCI_COMMON_Q_DESCLO:
	case VIRTIO_PCI_COMMON_Q_DESCHI:
		set_half(&q->desc, offset == VIRTIO_PCI_COMMON_Q_DESCHI, value);
		break;
	case VIRTIO_PCI_COMMON_Q_AVAILLO:
	case VIRTIO_PCI_COMMON_Q_AVAILHI:
		set_half(&q->avail, offset == VIRTIO_PCI_COMMON_Q_AVAILHI, value);
		break;
	case VIRTIO_PCI_COMMON_Q_USEDLO:
	case VIRTIO_PCI_COMMON_Q_USEDHI:
		set_half(&q->used, offset == VIRTIO_PCI_COMMON_Q_USEDHI, value);
		break;
	default:
		break;
	}
}

/* Features are settled once FEATURES_OK is set (virtio 1.0, 2.2.1). */
static void accept_features(struct virtio_pci *p, uint32_t value)
{
	if (p->driver_feature_select <= 1 && !(p->device->status & VIRTIO_CONFIG_S_FEATURES_OK))
		set_half(&p->device->accepted, p->driver_feature_select, value);
}

static void common_write(struct virtio_pci *p, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case VIRTIO_PCI_COMMON_DFSELECT:
		p->device_feature_select = value;
		break;
	case VIRTIO_PCI_COMMON_GFSELECT:
		p->driver_feature_select = value;
		break;
	case VIRTIO_PCI_COMMON_GF:
		accept_features(p, value);
		break;
	case VIRTIO_PCI_COMMON_STATUS:
		virtio_set_status(p->device, (uint8_t)value);
		if (!p->device->status && p->lower)
			p->lower(p->device);
		break;
	case VIRTIO_PCI_COMMON_Q_SELECT:
		p->queue_select = (uint16_t)value;
		break;
	default:
		queue_write(p, offset, value);
	}
}

uint32_t virtio_pci_bar_read(struct virtio_pci *p, uint32_t offset, unsigned size)
{
	uint32_t mask = size == 4 ? 0xFFFFFFFF : (1u << (8 * size)) - 1;

	if (offset < sizeof(struct virtio_pci_common_cfg))
		return common_read(p, offset) & mask;
	if (offset == BAR_ISR)
		return isr_read(p) & mask;
	if (offset >= BAR_DEVICE && offset < BAR_NOTIFY)
		return virtio_config_read(p->device, offset - BAR_DEVICE, size);
	return 0;
}

void virtio_pci_bar_write(struct virtio_pci *p, uint32_t offset, unsigned size, uint32_t value)
{
	if (offset < sizeof(struct virtio_pci_common_cfg))
		common_write(p, offset, value);
	else if (offset >= BAR_DEVICE && offset < BAR_NOTIFY)
		virtio_config_write(p->device, offset - BAR_DEVICE, size, value);
	else if (offset >= BAR_NOTIFY && offset < BAR_NOTIFY_END)
		virtio_notify(p->device, (offset - BAR_NOTIFY) / NOTIFY_MULTIPLIER);
}

/* ---- the configuration space ---------------------------------------------- */

bool virtio_pci_claims(const struct virtio_pci *p, uint64_t gpa, uint32_t *offset)
{
	*offset = (uint32_t)gpa - get(p, PCI_BASE_ADDRESS_0, 4);
	return *offset < VIRTIO_PCI_BAR_BYTES && gpa >> 32 == 0 &&
	       get(p, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY;
}

/* What the PCI configuration access capability points at; 0 size: nothing sensible. */
static unsigned window(const struct virtio_pci *p, uint32_t *offset)
{
	struct virtio_pci_cap cap;

	memcpy(&cap, p->config + CAP_PCI_CFG, sizeof(cap));
	*offset = cap.offset;
	if (cap.bar != 0 || cap.offset >= VIRTIO_PCI_BAR_BYTES)
		return 0;
	return cap.length == 1 || cap.length == 2 || cap.length == 4 ? cap.length : 0;
}

static bool is_window_data(uint32_t offset)
{
	return offset >= CAP_PCI_CFG + sizeof(struct virtio_pci_cap) &&
	       offset < CAP_PCI_CFG + sizeof(struct virtio_pci_cap) + 4;
}

uint32_t virtio_pci_config_read(struct virtio_pci *p, uint32_t offset, unsigned size)
{
	uint32_t at;
	unsigned n;

	if (!is_window_data(offset))
		return get(p, offset, size);
	n = window(p, &at);
	return n ? virtio_pci_bar_read(p, at, n) : 0;
}

/* Writes the bytes of a register whose mask bit is set. */
static void write_masked(struct virtio_pci *p, uint32_t offset, unsigned size, uint32_t value,
			 uint32_t mask)
{
	put(p, offset, size, (get(p, offset, size) & ~mask) | (value & mask));
}

void virtio_pci_config_write(struct virtio_pci *p, uint32_t offset, unsigned size, uint32_t value)
{
	uint32_t at;
	unsigned n;

	if (is_window_data(offset)) {
		n = window(p, &at);
		if (n)
			virtio_pci_bar_write(p, at, n,
					     n == 4 ? value : value & ((1u << 8 * n) - 1));
	} else if (offset == PCI_COMMAND) {
		write_masked(p, offset, MIN(size, 2u), value,
			     PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
	} else if (offset == PCI_BASE_ADDRESS_0 && size == 4) {
		write_masked(p, offset, size, value, ~(VIRTIO_PCI_BAR_BYTES - 1));
	} else if (offset == PCI_INTERRUPT_LINE ||
		   (offset >= CAP_PCI_CFG + VIRTIO_PCI_CAP_BAR &&
		    offset + size <= CAP_PCI_CFG + sizeof(struct virtio_pci_cap))) {
		put(p, offset, offset == PCI_INTERRUPT_LINE ? 1 : size, value);
	}
}
