/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PCI transport (virtio 1.0, 4.1): one function's configuration space and
 * its one memory BAR in front of a virtio_device. Modern only, no MSI-X. Pure.
 */
#ifndef GATEHOUSE_CORE_VIRTIO_PCI_H
#define GATEHOUSE_CORE_VIRTIO_PCI_H

#include "core/virtio/device.h"

#define VIRTIO_PCI_BAR_BYTES    4096u
#define VIRTIO_PCI_CONFIG_BYTES 256u

struct virtio_pci {
	struct virtio_device *device;
	void (*lower)(struct virtio_device *d); /* the interrupt line falls: ISR was read */
	uint8_t config[VIRTIO_PCI_CONFIG_BYTES];
	uint32_t device_feature_select, driver_feature_select;
	uint16_t queue_select;
};

/* bar: where the BAR is to begin with; line: the interrupt, in the configuration space too. */
void virtio_pci_init(struct virtio_pci *p, struct virtio_device *device, uint32_t bar,
		     uint8_t line);

/* size 1, 2, 4; offset + size <= VIRTIO_PCI_CONFIG_BYTES. */
uint32_t virtio_pci_config_read(struct virtio_pci *p, uint32_t offset, unsigned size);
void virtio_pci_config_write(struct virtio_pci *p, uint32_t offset, unsigned size, uint32_t value);

/* Whether gpa is within the BAR, where it is now; *offset says where, and nothing if not. */
bool virtio_pci_claims(const struct virtio_pci *p, uint64_t gpa, uint32_t *offset);

/* size 1, 2, 4; offset < VIRTIO_PCI_BAR_BYTES. What is nowhere defined reads 0. */
uint32_t virtio_pci_bar_read(struct virtio_pci *p, uint32_t offset, unsigned size);
void virtio_pci_bar_write(struct virtio_pci *p, uint32_t offset, unsigned size, uint32_t value);

#endif
