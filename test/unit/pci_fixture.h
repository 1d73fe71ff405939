/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A PCI bus behind the two ports of configuration mechanism 1, and memory behind one BAR. */
#ifndef GATEHOUSE_TEST_UNIT_PCI_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_PCI_FIXTURE_H

#include "test/unit/fake_io.h"

#include "drivers/pci.h"

#include <linux/pci_regs.h>
#include <string.h>

#include "core/delay.h"
#include "core/util.h"
#include "test/unit/unit.h"

#define DEVICES 24

struct device {
	uint8_t bus, device, function;
	bool all_functions; /* does not look at the function number */
	uint8_t config[256];
	uint8_t writable[256];
	unsigned pm; /* offset of its power management; leaving D3 zeroes its BARs */
};

static struct device devices[DEVICES];
static unsigned device_count;
static bool has_bus;
static uint32_t address;
static unsigned waited_us, reads;
static uint32_t msix_table[256]; /* a BAR of 1 KiB at TABLE_AT */
static uint64_t mapped_at;

#define TABLE_AT 0xFEB00000u

static void set(struct device *d, unsigned offset, unsigned bytes, uint32_t value)
{
	memcpy(d->config + offset, &value, bytes);
}

static uint32_t get(const struct device *d, unsigned offset, unsigned bytes)
{
	uint32_t value = 0;

	memcpy(&value, d->config + offset, bytes);
	return value;
}

static struct device *add(unsigned bus, unsigned device, unsigned function, unsigned header)
{
	struct device *d = &devices[device_count++];

	assert_true(device_count <= DEVICES);
	memset(d, 0, sizeof(*d));
	d->bus = (uint8_t)bus;
	d->device = (uint8_t)device;
	d->function = (uint8_t)function;
	set(d, PCI_VENDOR_ID, 2, 0x8086);
	set(d, PCI_DEVICE_ID, 2, 0x1200 + device_count);
	set(d, PCI_HEADER_TYPE, 1, header);
	memset(d->writable + PCI_COMMAND, 0xFF, 2);
	return d;
}

static struct device *add_bridge(unsigned bus, unsigned device, unsigned secondary)
{
	struct device *d = add(bus, device, 0, PCI_HEADER_TYPE_BRIDGE);

	set(d, PCI_SECONDARY_BUS, 1, secondary);
	return d;
}

static void add_bar(struct device *d, unsigned n, uint32_t value, uint32_t size)
{
	uint32_t mask = ~(size - 1);

	set(d, PCI_BASE_ADDRESS_0 + 4 * n, 4, value);
	memcpy(d->writable + PCI_BASE_ADDRESS_0 + 4 * n, &mask, 4);
}

static void add_capability(struct device *d, unsigned at, unsigned id, unsigned next)
{
	if (!get(d, PCI_CAPABILITY_LIST, 1))
		set(d, PCI_CAPABILITY_LIST, 1, at);
	set(d, PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
	set(d, at, 1, id);
	set(d, at + 1, 1, next);
}

static struct device *selected(void)
{
	for (unsigned i = 0; i < device_count; i++) {
		struct device *d = &devices[i];

		if (d->bus == (address >> 16 & 0xFF) && d->device == (address >> 11 & 31) &&
		    (d->all_functions || d->function == (address >> 8 & 7)))
			return d;
	}
	return NULL;
}

static uint32_t bus_read(uint16_t port, unsigned bytes)
{
	unsigned offset = (address & 0xFC) + (port & 3u);
	struct device *d = selected();

	assert_in_range(port, 0xCFC, 0xD00 - bytes);
	assert_int_equal(port % bytes, 0);
	assert_true(address & 0x80000000);
	reads++;
	return has_bus && d ? get(d, offset, bytes) : 0xFFFFFFFF >> (32 - 8 * bytes);
}

static void wake_up(struct device *d)
{
	for (unsigned i = PCI_BASE_ADDRESS_0; i < PCI_CARDBUS_CIS; i++)
		d->config[i] &= (uint8_t)~d->writable[i];
	d->config[PCI_COMMAND] = d->config[PCI_COMMAND + 1] = 0;
}

static void bus_write(uint16_t port, uint32_t value, unsigned bytes)
{
	unsigned offset = (address & 0xFC) + (port & 3u);
	struct device *d = selected();
	uint32_t before;

	assert_in_range(port, 0xCFC, 0xD00 - bytes);
	assert_int_equal(port % bytes, 0);
	assert_non_null(d);
	if (offset >= PCI_BASE_ADDRESS_0 && offset < PCI_CARDBUS_CIS && value == 0xFFFFFFFF)
		assert_int_equal(d->config[PCI_COMMAND] & 3, 0); /* or it would answer anywhere */
	before = d->pm ? d->config[d->pm + PCI_PM_CTRL] & 3 : 0;
	for (unsigned i = 0; i < bytes; i++) {
		uint8_t *at = &d->config[offset + i], mask = d->writable[offset + i];

		*at = (uint8_t)((*at & ~mask) | (value >> 8 * i & mask));
	}
	if (before && (d->config[d->pm + PCI_PM_CTRL] & 3) == 0)
		wake_up(d);
}

void outl(uint16_t port, uint32_t value)
{
	if (port == 0xCF8)
		address = value;
	else
		bus_write(port, value, 4);
}

void outw(uint16_t port, uint16_t value)
{
	bus_write(port, value, 2);
}

void outb(uint16_t port, uint8_t value)
{
	bus_write(port, value, 1);
}

uint32_t inl(uint16_t port)
{
	if (port == 0xCF8)
		return has_bus ? address : 0xFFFFFFFF;
	return bus_read(port, 4);
}

uint16_t inw(uint16_t port)
{
	return (uint16_t)bus_read(port, 2);
}

uint8_t inb(uint16_t port)
{
	return (uint8_t)bus_read(port, 1);
}

void mmio_write32(volatile void *p, uint32_t value)
{
	*(volatile uint32_t *)p = value;
}

volatile void *mmio_map(uint64_t hpa, uint32_t bytes)
{
	mapped_at = hpa;
	if (hpa < TABLE_AT || hpa + bytes > TABLE_AT + sizeof(msix_table))
		return NULL;
	return (uint8_t *)msix_table + (hpa - TABLE_AT);
}

void delay_us(uint32_t us)
{
	waited_us += us;
}

static int reset(void **state)
{
	(void)state;
	device_count = 0;
	has_bus = true;
	waited_us = reads = 0;
	mapped_at = 0;
	memset(msix_table, 0xFF, sizeof(msix_table));
	return 0;
}

static struct pci_function of(const struct device *d)
{
	return (struct pci_function){.bus = d->bus, .device = d->device, .function = d->function};
}

#endif
