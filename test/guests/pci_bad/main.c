/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A modern driver that does wrong things: the device stops, or does not care; nobody is harmed. */
/* paging: both */
/* expect: success */
/* cases: 10 */
/* bystander: clock */
#include "test/guests/pci_console/driver.h"

static uint32_t state = 0x9E3779B9;

static uint32_t random32(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* After all that: an orderly life. */
static void check_works(void)
{
	driver_start();
	say("still here\n");
	common_write(STATUS, 1, 0);
}

/* Rings at addresses that no ring may have; desc, avail, used are where they may be, else. */
static void bad_rings(bool unaligned)
{
	static const uint32_t low[] = {8, 1, 2};
	uint32_t ring = virt_to_phys(rings[OUTPUT]), ram = boot_ram_bytes() + (1u << 20);
	uint64_t far[] = {ram, 0xFFFFF000, 0x100000000ull + ring, 0xFFFFFFFFFFFFF000ull};

	for (unsigned part = 0; part < 3; part++) {
		for (unsigned i = 0; i < (unaligned ? 1 : ARRAY_SIZE(far)); i++) {
			uint64_t at[3] = {ring, ring + RING_AVAIL, ring + RING_USED};

			at[part] = unaligned ? at[part] + low[part] : far[i];
			common_write(STATUS, 1, 0);
			for (unsigned n = 0; n < 3; n++)
				driver_step(n);
			queue_enable(OUTPUT, at[0], at[1], at[2]);
			driver_step(5);
			kick(OUTPUT);
			CHECK(common_read(STATUS, 1) & NEEDS_RESET,
			      "part %u, address %u: status 0x%x", part, i, common_read(STATUS, 1));
			CHECK(isr_read() & 2, "no configuration interrupt");
		}
	}
}

static void bad_sizes(void)
{
	static const uint16_t sizes[] = {0, 3, 63, 65, 128, 256, 0x8000, 0xFFFF};

	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		common_write(STATUS, 1, 0);
		for (unsigned n = 0; n < 3; n++)
			driver_step(n);
		common_write(Q_SELECT, 2, OUTPUT);
		common_write(Q_SIZE, 2, sizes[i]);
		CHECK(common_read(Q_SIZE, 2) == 64, "size %u taken for %u", common_read(Q_SIZE, 2),
		      sizes[i]);
	}
	for (unsigned i = 0; i < 0x10000; i += 509) {
		common_write(Q_SELECT, 2, i + 2);
		common_write(Q_SIZE, 2, 8);
		common_write(Q_DESC, 4, 0x1000);
		common_write(Q_ENABLE, 2, 1);
		bar_write(cap_offset[CAP_NOTIFY] + i % 256, 2, i);
		CHECK(i + 2 == 0x10000 || i + 2 == 0x10001 || common_read(Q_SIZE, 2) == 0,
		      "a queue %u", i + 2);
	}
}

static void resets(void)
{
	for (unsigned steps = 0; steps <= STEPS; steps++) {
		common_write(STATUS, 1, 0);
		for (unsigned n = 0; n < steps; n++)
			driver_step(n);
		output_post("this may be said\n");
		kick(OUTPUT);
		common_write(STATUS, 1, 0);
		CHECK(common_read(STATUS, 1) == 0, "status 0x%x after reset at step %u",
		      common_read(STATUS, 1), steps);
		kick(OUTPUT);
		CHECK(isr_read() == 0, "ISR after a reset");
	}
}

/* RAM, and the pages of the lguest bus, stay what they are under a BAR. */
static void bar_over(uint32_t gpa, uint32_t expected)
{
	uint32_t before = pci_read(SLOT, PCI_BAR0, 4), value;

	pci_write(SLOT, PCI_BAR0, 4, gpa);
	bar_map();
	value = bar_read(0, 4);
	CHECK(value == expected, "0x%x at 0x%x, not 0x%x", value, gpa, expected);
	bar_write(0, 4, value);
	pt_map(pt_root(), BAR_VA, 0);
	pci_write(SLOT, PCI_BAR0, 4, before);
	bar_map();
}

static void garbage_in_rings(void)
{
	for (unsigned n = 0; n < 200; n++) {
		if (n % 4 == 0)
			driver_start();
		for (unsigned q = 0; q < 2; q++) {
			uint32_t *ring = (uint32_t *)(void *)rings[q];

			for (unsigned w = 0; w < RING_TEXT / 4; w++) {
				uint32_t r = random32();

				ring[w] = r & 1   ? random32() % boot_ram_bytes()
					  : r & 2 ? random32() & 0x3F
						  : random32();
			}
			kick(q);
		}
	}
}

static void every_access(void)
{
	for (uint32_t at = 0; at < BAR_BYTES; at++) {
		unsigned size = 1u << random32() % 3;

		if (at + size > BAR_BYTES)
			continue;
		bar_write(at, size, random32() >> random32() % 32);
		bar_read(at, size);
	}
	for (unsigned n = 0; n < 20000; n++)
		bar_write(random32() % 64, 1u << random32() % 3, random32() >> random32() % 32);
}

static void every_register(void)
{
	uint32_t before = pci_read(SLOT, PCI_BAR0, 4);

	for (unsigned n = 0; n < 5000; n++) {
		unsigned size = 1u << random32() % 3;
		uint32_t at = (random32() & 0xFC) | (size == 4 ? 0 : size == 2 ? n & 2 : n & 3);

		pci_write(n % 5 ? SLOT : n % 32, at, size, random32() >> random32() % 32);
		pci_read(n % 5 ? SLOT : n % 32, at, size);
	}
	pci_write(SLOT, PCI_BAR0, 4, before);
	CHECK(pci_find(), "the configuration space was changed where it must not");
	bar_map();
}

/* Accesses through the window of sizes and places it does not have. */
static void bad_windows(void)
{
	static const uint32_t offsets[] = {0,     1,      0x100,      0x208,
					   0xFFF, 0x1000, 0xFFFFFFFF, 0x80000000};
	static const uint32_t lengths[] = {0, 1, 2, 3, 4, 5, 8, 0x1000, 0xFFFFFFFF};
	uint32_t at = cap_at[CAP_WINDOW];

	for (unsigned i = 0; i < ARRAY_SIZE(offsets); i++) {
		for (unsigned j = 0; j < ARRAY_SIZE(lengths); j++) {
			pci_write(SLOT, at + 4, 1, j % 3);
			pci_write(SLOT, at + 8, 4, offsets[i]);
			pci_write(SLOT, at + 12, 4, lengths[j]);
			for (unsigned byte = 0; byte < 4; byte++) {
				pci_read(SLOT, at + 16 + byte, 1);
				pci_write(SLOT, at + 16 + byte, 1, '\n');
			}
		}
	}
}

void test_main(void)
{
	static uint32_t page[PAGE_SIZE / 4] PAGE_ALIGNED = {0x12345678};

	CHECK(pci_find(), "no console with all its capabilities in slot 1");
	bar_map();
	state += test_case();
	switch (test_case()) {
	case 0:
		bad_rings(false);
		break;
	case 1:
		bad_rings(true);
		break;
	case 2:
		bad_sizes();
		break;
	case 3:
		resets();
		break;
	case 4:
		bar_over(virt_to_phys(page), 0x12345678);
		break;
	case 5:
		bar_over(boot_ram_bytes(), 0x0C040203); /* the console's descriptor */
		break;
	case 6:
		garbage_in_rings();
		break;
	case 7:
		every_access();
		break;
	case 8:
		every_register();
		break;
	default:
		bad_windows();
	}
	check_works();
}
