/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the driver of Intel's cards over registers that are memory and a card that is this test.
 */
/* unit-sources: drivers/e1000.c */
#include "drivers/e1000.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/x86/io.h"
#include "core/delay.h"
#include "core/errno.h"
#include "core/log.h"
#include "core/util.h"
#include "test/unit/unit.h"

enum { CTRL = 0, STATUS = 8, EERD = 0x14, ICR = 0xC0, IMS = 0xD0, IMC = 0xD8, RCTL = 0x100 };
enum { TCTL = 0x400, RX = 0x2800, TX = 0x3800, LEN = 8, HEAD = 0x10, TAIL = 0x18 };
enum { MPC = 0x4010, RAL = 0x5400, RAH = 0x5404 };
enum { DD = 1, EOP = 2, RX_RING = 128, TX_RING = 64, SENT_MAX = 4000 };

/* As the 8254x manual has them (3.2.3, 3.3.3). */
struct descriptor {
	uint64_t address;
	uint16_t bytes, rest;
	uint8_t status, errors;
	uint16_t special;
};

static struct host_device d;
static struct nic *n;
static uint8_t *regs;
static struct pci_bar bar;
static uint16_t eeprom[3];
static unsigned eeprom_shift; /* 0: none */
static bool was_reset;
static unsigned warnings;
static struct unit_random noise;

/* What the driver passed on. */
static unsigned received, received_bytes;
static uint32_t expected[SENT_MAX]; /* seeds of the frames that should come */
static uint32_t expected_bytes[SENT_MAX];
static unsigned expected_count;

static uint32_t get(unsigned reg)
{
	uint32_t value;

	memcpy(&value, regs + reg, 4);
	return value;
}

static void set(unsigned reg, uint32_t value)
{
	memcpy(regs + reg, &value, 4);
}

/* ---- around the driver ------------------------------------------------------------ */

struct pci_bar pci_bar(const struct pci_function *f, unsigned number)
{
	assert_int_equal(number, 0);
	return bar;
}

void pci_enable(const struct pci_function *f)
{
}

volatile void *mmio_map(uint64_t hpa, uint32_t bytes)
{
	assert_true(hpa == bar.base && bytes <= bar.bytes);
	return regs;
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	warnings++;
}

/* The card's time: a reset ends, a word is read. */
void delay_us(uint32_t us)
{
	uint32_t eerd = get(EERD), word = eeprom_shift ? (eerd & 0xFFFF) >> eeprom_shift : 0;

	if (get(CTRL) & 1u << 26) {
		assert_int_equal(get(RCTL), 0);
		assert_false(get(TCTL) & 2);
		was_reset = true;
		set(CTRL, 0x80000A08 & ~(1u << 26));
	}
	if (eerd & 1 && eeprom_shift && word < 3)
		set(EERD, (uint32_t)eeprom[word] << 16 | (eeprom_shift == 2 ? 2 : 16));
}

static uint64_t now_ns = 1000000000;

uint64_t delay_now_ns(void)
{
	return now_ns;
}

static uint8_t byte_of(uint32_t seed, uint32_t i)
{
	return (uint8_t)(seed * 2654435761u >> (i % 4 * 8)) ^ (uint8_t)i;
}

static void receive(struct nic *nic, const uint8_t *frame, uint32_t bytes)
{
	assert_ptr_equal(nic, n);
	assert_true(received < expected_count);
	assert_int_equal(bytes, expected_bytes[received]);
	for (uint32_t i = 0; i < bytes; i++)
		assert_int_equal(frame[i], byte_of(expected[received], i));
	received++;
	received_bytes += bytes;
}

static int start(uint16_t product)
{
	int err;

	d.driver = &e1000_driver;
	d.pci.vendor = 0x8086;
	d.pci.product = product;
	assert_true(e1000_driver.matches(&d.pci));
	err = e1000_driver.start(&d);
	if (err)
		return err;
	n = d.nic;
	n->received = receive;
	set(ICR, 0);
	return 0;
}

static int setup(void **state)
{
	memset(&d, 0, sizeof(d));
	regs = calloc(1, 0x6000);
	d.memory = aligned_alloc(4096, ALIGN_UP(e1000_driver.memory, 4096u));
	memset(d.memory, 0, e1000_driver.memory);
	bar = (struct pci_bar){.base = 0xFEB00000, .bytes = 0x20000};
	eeprom_shift = 0;
	was_reset = false;
	warnings = received = received_bytes = expected_count = 0;
	noise.state = 99;
	set(RAL, 0x12005452);
	set(RAH, 0x80005634);
	set(STATUS, 0x80080783);
	return 0;
}

static int teardown(void **state)
{
	free(d.memory);
	free(regs);
	return 0;
}

static struct descriptor *ring(unsigned base)
{
	return (struct descriptor *)(uintptr_t)get(base);
}

/* ---- start and stop ---------------------------------------------------------------- */

static void test_start(void **state)
{
	static const uint8_t mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

	assert_int_equal(start(0x100E), 0);
	assert_true(was_reset);
	assert_memory_equal(n->mac, mac, 6);
	assert_string_equal(n->model, "Intel 82540EM");
	assert_true(n->link_up);
	assert_false(d.takes_msi);
	assert_int_equal(get(CTRL), 0x260); /* SLU and ASDE, nothing forced */
	assert_int_equal(get(RX + LEN), 16 * RX_RING);
	assert_int_equal(get(TX + LEN), 16 * TX_RING);
	assert_int_equal(get(RX) % 16, 0);
	assert_int_equal(get(RX + TAIL), RX_RING - 1);
	assert_int_equal(get(TX + TAIL), 0);
	assert_int_equal(get(IMS), 0xD4);
	assert_int_equal(get(RCTL), 0x0400801A);
	assert_int_equal(get(TCTL) & 0xA, 0xA);
	for (unsigned i = 0; i < RX_RING; i++) {
		assert_int_equal(ring(RX)[i].address % 2048, 0);
		assert_true(ring(RX)[i].address >= (uintptr_t)d.memory &&
			    ring(RX)[i].address + 2048 <=
				    (uintptr_t)d.memory + e1000_driver.memory);
	}
	e1000_driver.stop(&d);
	assert_int_equal(get(IMC), ~0u);
	assert_int_equal(get(RCTL), 0);
	assert_false(get(TCTL) & 2);
}

static void test_which_cards(void **state)
{
	struct pci_function f = {.vendor = 0x8086, .product = 0x1229};

	assert_false(e1000_driver.matches(&f));
	f = (struct pci_function){.vendor = 0x8087, .product = 0x100E};
	assert_false(e1000_driver.matches(&f));
	assert_int_equal(start(0x10D3), 0);
	assert_string_equal(n->model, "Intel 82574L");
	assert_true(d.takes_msi);
}

static void test_address_from_the_eeprom(void **state)
{
	static const uint8_t mac[] = {0x00, 0x1B, 0x21, 0x0A, 0x0B, 0x0C};

	eeprom[0] = 0x1B00;
	eeprom[1] = 0x0A21;
	eeprom[2] = 0x0C0B;
	for (eeprom_shift = 2; eeprom_shift <= 8; eeprom_shift += 6) {
		set(RAH, 0x5634); /* not valid */
		assert_int_equal(start(0x1079), 0);
		assert_memory_equal(n->mac, mac, 6);
	}
	eeprom_shift = 2;
	d.pci.function = 1;
	assert_int_equal(start(0x1079), 0);
	assert_int_equal(n->mac[5], 0x0D);
	eeprom[0] |= 1; /* a group's */
	assert_int_equal(start(0x1079), -EIO);
	eeprom[0] = eeprom[1] = eeprom[2] = 0;
	d.pci.function = 0;
	assert_int_equal(start(0x1079), -EIO);
	eeprom_shift = 0;
	assert_int_equal(start(0x1079), -EIO);
	assert_int_equal(warnings, 3);
}

static void test_no_registers(void **state)
{
	bar.is_io = true;
	assert_int_not_equal(start(0x100E), 0);
	bar = (struct pci_bar){.bytes = 0x20000};
	assert_int_not_equal(start(0x100E), 0);
	bar = (struct pci_bar){.base = 0xFEB00000, .bytes = 0x1000};
	assert_int_not_equal(start(0x100E), 0);
	bar.bytes = 0x20000;
	set(STATUS, ~0u);
	assert_int_not_equal(start(0x100E), 0);
	assert_int_equal(warnings, 4);
	assert_null(d.nic);
}

static void test_interrupts(void **state)
{
	start(0x100E);
	assert_false(e1000_driver.interrupt(&d));
	set(ICR, ~0u);
	assert_false(e1000_driver.interrupt(&d));
	set(STATUS, 0);
	set(ICR, 0x80);
	assert_true(e1000_driver.interrupt(&d));
	assert_true(n->link_up);
	set(ICR, 4);
	assert_true(e1000_driver.interrupt(&d));
	assert_false(n->link_up);
	set(STATUS, 2);
	set(MPC, 17);
	set(ICR, 0x44);
	assert_true(e1000_driver.interrupt(&d));
	assert_true(n->link_up);
	assert_int_equal(n->rx_errors, 17);
}

/* ---- sending ------------------------------------------------------------------------- */

static bool send(uint32_t seed, uint32_t bytes)
{
	uint8_t *to = n->ops->tx_begin(n);

	if (!to)
		return false;
	for (uint32_t i = 0; i < bytes; i++)
		to[i] = byte_of(seed, i);
	n->ops->tx_send(n, bytes);
	return true;
}

/* The card sends the next; expected in the order of their seeds. */
static bool card_sends(unsigned *seed)
{
	unsigned head = get(TX + HEAD);
	struct descriptor *t = &ring(TX)[head];
	uint8_t *frame = (uint8_t *)(uintptr_t)t->address;

	if (head == get(TX + TAIL))
		return false;
	assert_int_equal(t->rest >> 8, 0x0B); /* the whole frame, with a checksum; report it */
	assert_int_equal(t->rest & 0xFF, 0);
	assert_int_equal(t->status | t->errors, 0);
	assert_true(t->bytes >= 14 && t->bytes <= 1514);
	for (uint32_t i = 0; i < t->bytes; i++)
		assert_int_equal(frame[i], byte_of(*seed, i));
	t->status = DD;
	set(TX + HEAD, (head + 1) % TX_RING);
	++*seed;
	return true;
}

static void test_a_full_ring(void **state)
{
	unsigned seed = 0;

	start(0x100E);
	for (unsigned i = 0; i < TX_RING - 1; i++)
		assert_true(send(i, 14 + i));
	assert_false(send(0, 14));
	assert_int_equal(n->tx_frames, 0);
	assert_true(card_sends(&seed));
	assert_true(send(TX_RING - 1, 1514));
	assert_int_equal(n->tx_frames, 1);
	assert_false(send(0, 14));
	while (card_sends(&seed))
		;
	assert_int_equal(seed, TX_RING);
	n->ops->poll(n, 0);
	assert_int_equal(n->tx_frames, TX_RING);
}

/* A card that sends nothing begins anew, in steps that wait for nothing; said once. */
static void test_a_stuck_card(void **state)
{
	start(0x100E);
	for (unsigned round = 0; round < 3; round++) {
		unsigned seed = 0;

		while (send(0, 14))
			;
		now_ns += 1999999999;
		assert_false(send(0, 14) || get(RCTL) == 0);
		now_ns++;
		assert_false(send(0, 14));
		assert_int_equal(get(RCTL) | (get(TCTL) & 2), 0);
		now_ns += 9999999;
		assert_false(send(0, 14) || get(RCTL));
		now_ns++;
		assert_false(send(0, 14));
		assert_true(get(RCTL) & 2 && get(TCTL) & 2 && get(TX + TAIL) == 0);
		set(TX + HEAD, 0);
		assert_int_equal(warnings, 1 + round / 2);
		if (round)
			assert_true(send(0, 14) && card_sends(&seed));
	}
}

static void test_sending_at_random(void **state)
{
	unsigned sent = 0, seed = 0;

	start(0x100E);
	while (sent < SENT_MAX) {
		for (unsigned i = (unsigned)(unit_random(&noise) % 90); i; i--)
			sent += send(sent, 14 + (uint32_t)(unit_random(&noise) % 1501));
		for (unsigned i = (unsigned)(unit_random(&noise) % 90); i; i--)
			card_sends(&seed);
		assert_true(n->tx_frames <= seed && sent - seed < TX_RING);
	}
	while (card_sends(&seed))
		;
	n->ops->poll(n, 1);
	assert_int_equal(n->tx_frames, sent);
	assert_int_equal(seed, sent);
}

/* ---- receiving ------------------------------------------------------------------------- */

/* The card fills the next descriptor; false: it has none. */
static bool card_receives(uint32_t seed, uint32_t bytes, uint8_t status, uint8_t errors)
{
	unsigned head = get(RX + HEAD);
	struct descriptor *r = &ring(RX)[head];
	uint8_t *buffer = (uint8_t *)(uintptr_t)r->address;

	if (head == get(RX + TAIL))
		return false;
	assert_int_equal(r->status, 0);
	for (uint32_t i = 0; i < MIN(bytes, 2048u); i++)
		buffer[i] = byte_of(seed, i);
	r->bytes = (uint16_t)bytes;
	r->errors = errors;
	r->status = status;
	r->address = 0xDEAD; /* some write back something else */
	set(RX + HEAD, (head + 1) % RX_RING);
	return true;
}

static bool frame_comes(uint32_t seed, uint32_t bytes)
{
	if (!card_receives(seed, bytes, DD | EOP, 0))
		return false;
	expected[expected_count] = seed;
	expected_bytes[expected_count++] = bytes;
	return true;
}

static void test_a_budget(void **state)
{
	start(0x100E);
	assert_false(n->ops->poll(n, 16));
	for (unsigned i = 0; i < 40; i++)
		assert_true(frame_comes(i, 60 + i));
	assert_true(n->ops->poll(n, 16));
	assert_int_equal(received, 16);
	assert_int_equal(get(RX + TAIL), 15);
	assert_true(n->ops->poll(n, 0));
	assert_true(n->ops->poll(n, 23));
	assert_false(n->ops->poll(n, 1));
	assert_int_equal(received, 40);
	assert_int_equal(get(RX + TAIL), 39);
	assert_int_equal(n->rx_frames, 40);
}

/* A card that no network has. */
static void test_nobody_wants_them(void **state)
{
	start(0x100E);
	n->received = NULL;
	for (unsigned i = 0; i < 3; i++)
		card_receives(i, 100, DD | EOP, 0);
	assert_false(n->ops->poll(n, 16));
	assert_int_equal(n->rx_frames, 3);
	assert_int_equal(get(RX + TAIL), 2);
}

static void test_bad_frames(void **state)
{
	static const uint8_t errors[] = {0x01, 0x02, 0x04, 0x10, 0x80, 0xFF};

	start(0x100E);
	for (unsigned i = 0; i < ARRAY_SIZE(errors); i++)
		card_receives(i, 100, DD | EOP, errors[i]);
	card_receives(0, 13, DD | EOP, 0);
	card_receives(0, 0, DD | EOP, 0);
	card_receives(0, 1515, DD | EOP, 0);
	card_receives(0, 65535, DD | EOP, 0);
	frame_comes(1, 14);
	frame_comes(2, 1514);
	card_receives(3, 2048, DD, 0); /* three descriptors, one error */
	card_receives(3, 2048, DD, 0);
	card_receives(3, 100, DD | EOP, 0);
	frame_comes(4, 100);
	assert_false(n->ops->poll(n, 100));
	assert_int_equal(received, 3);
	assert_int_equal(n->rx_frames, 3);
	assert_int_equal(n->rx_errors, 11);
}

static void test_receiving_at_random(void **state)
{
	unsigned errors = 0;

	start(0x10D3);
	while (expected_count < SENT_MAX - 200) {
		for (unsigned i = (unsigned)(unit_random(&noise) % 200); i; i--) {
			uint64_t r = unit_random(&noise);

			if (r % 16)
				frame_comes((uint32_t)(r >> 8), 14 + (uint32_t)(r >> 40) % 1501);
			else
				errors += card_receives(0, 1515 + (uint32_t)(r >> 40) % 64000,
							DD | EOP, 0);
		}
		n->ops->poll(n, (unsigned)(unit_random(&noise) % 100));
	}
	n->ops->poll(n, RX_RING);
	assert_int_equal(received, expected_count);
	assert_int_equal(n->rx_errors, errors);
}

#define E1000_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		E1000_TEST(test_start),
		E1000_TEST(test_which_cards),
		E1000_TEST(test_address_from_the_eeprom),
		E1000_TEST(test_no_registers),
		E1000_TEST(test_interrupts),
		E1000_TEST(test_a_full_ring),
		E1000_TEST(test_a_stuck_card),
		E1000_TEST(test_sending_at_random),
		E1000_TEST(test_a_budget),
		E1000_TEST(test_nobody_wants_them),
		E1000_TEST(test_bad_frames),
		E1000_TEST(test_receiving_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
