/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intel's gigabit network cards from the 82543 on: one ring of legacy descriptors each way. */
#include "drivers/e1000.h"

#include "arch/x86/io.h"
#include "core/delay.h"
#include "core/errno.h"
#include "core/lib.h"
#include "core/log.h"

/* Registers (8254x manual, 13.4); all that is used lies in front of REGS_BYTES. */
#define REG_CTRL   0x0000u
#define REG_STATUS 0x0008u
#define REG_EERD   0x0014u
#define REG_ICR    0x00C0u
#define REG_ITR    0x00C4u
#define REG_IMS    0x00D0u
#define REG_IMC    0x00D8u
#define REG_RCTL   0x0100u
#define REG_TCTL   0x0400u
#define REG_TIPG   0x0410u
#define REG_RX     0x2800u /* a ring: the next five are relative to it */
#define REG_TX     0x3800u
#define RING_BAL   0x00u
#define RING_BAH   0x04u
#define RING_LEN   0x08u
#define RING_HEAD  0x10u
#define RING_TAIL  0x18u
#define REG_RDTR   0x2820u
#define REG_MPC    0x4010u /* frames missed; reading clears */
#define REG_RXCSUM 0x5000u
#define REG_RAL    0x5400u
#define REG_RAH    0x5404u
#define REGS_BYTES 0x6000u

#define CTRL_LRST    (1u << 3)
#define CTRL_ASDE    (1u << 5)
#define CTRL_SLU     (1u << 6)
#define CTRL_FRCSPD  (1u << 11)
#define CTRL_FRCDPLX (1u << 12)
#define CTRL_RST     (1u << 26)
#define CTRL_VME     (1u << 30)
#define CTRL_PHY_RST (1u << 31)
#define CTRL_OFF     (CTRL_LRST | CTRL_FRCSPD | CTRL_FRCDPLX | CTRL_RST | CTRL_VME | CTRL_PHY_RST)

#define STATUS_LU (1u << 1)

#define EERD_START      (1u << 0)
#define EERD_DONE_LARGE (1u << 1) /* 82541, 82547, 8257x: the word from bit 2 on */
#define EERD_DONE_SMALL (1u << 4) /* the others: from bit 8 on */

#define INT_LSC    (1u << 2)
#define INT_RXDMT0 (1u << 4)
#define INT_RXO    (1u << 6)
#define INT_RXT0   (1u << 7)
#define INT_USED   (INT_LSC | INT_RXDMT0 | INT_RXO | INT_RXT0)

#define ITR_8000_A_SECOND 488u /* in units of 256 ns (13.4.18) */

#define RCTL_EN    (1u << 1)
#define RCTL_UPE   (1u << 3)
#define RCTL_MPE   (1u << 4)
#define RCTL_BAM   (1u << 15)
#define RCTL_SECRC (1u << 26)
/* Everything, for guests have addresses of their own; buffers of 2048 bytes, no checksum. */
#define RCTL_ON (RCTL_EN | RCTL_UPE | RCTL_MPE | RCTL_BAM | RCTL_SECRC)

#define TCTL_EN  (1u << 1)
#define TCTL_PSP (1u << 3)
/* Pads short frames; 15 tries after collisions, 64 bytes' time to notice one (13.4.33). */
#define TCTL_ON   (TCTL_EN | TCTL_PSP | 0x0Fu << 4 | 0x40u << 12)
#define TIPG_IEEE (8u | 8u << 10 | 6u << 20) /* 13.4.34, for copper */

#define RAH_AV (1u << 31)

#define RX_DD     0x01u
#define RX_EOP    0x02u
#define RX_ERRORS 0x97u /* CE SE SEQ CXE RXE (3.2.3.2); not those of checksums */
#define TX_DD     0x01u
#define TX_EOP    0x01u
#define TX_IFCS   0x02u
#define TX_RS     0x08u

#define RX_RING      128u
#define TX_RING      64u
#define BUFFER_BYTES 2048u /* also of those to send: none crosses 64 KiB (82545, 82546) */
#define QUIET_US     10000u
#define RESET_US     20000u
#define STUCK_NS     2000000000u
#define EEPROM_TRIES 100u
#define EEPROM_US    100u

struct rx_descriptor {
	uint64_t address;
	uint16_t bytes, checksum;
	uint8_t status, errors;
	uint16_t special;
};

struct tx_descriptor {
	uint64_t address;
	uint16_t bytes;
	uint8_t checksum_offset, command;
	uint8_t status, checksum_start;
	uint16_t special;
};

/* The card reads and writes the first four; page-aligned. */
struct e1000 {
	volatile struct rx_descriptor rx[RX_RING];
	volatile struct tx_descriptor tx[TX_RING];
	uint8_t rest[PAGE_SIZE - (RX_RING + TX_RING) * 16];
	uint8_t rx_buffers[RX_RING][BUFFER_BYTES];
	uint8_t tx_buffers[TX_RING][BUFFER_BYTES];

	struct nic nic;
	volatile uint8_t *regs;
	unsigned rx_next;          /* looked at next */
	unsigned tx_next, tx_head; /* filled next; the oldest that is on its way */
	bool rx_dropping;          /* within a frame of several descriptors */
	uint64_t full_ns;          /* since when the ring is full with full_head in front; 0: not */
	unsigned full_head;
	bool is_paused, said_stuck; /* see look_stuck() */
};

_Static_assert(sizeof(struct rx_descriptor) == 16 && sizeof(struct tx_descriptor) == 16, "8254x");
_Static_assert(offsetof(struct e1000, rx_buffers) == PAGE_SIZE, "buffers are aligned");

/* Copper ones of Linux's e1000 and e1000e tables. e1000e uses MSI with all of its cards. */
static const struct model {
	uint16_t product;
	bool has_msi;
	char name[12];
} models[] = {
	{0x1004, false, "82543GC"},  {0x1008, false, "82544EI"},  {0x100C, false, "82544GC"},
	{0x100D, false, "82544GC"},  {0x100E, false, "82540EM"},  {0x100F, false, "82545EM"},
	{0x1010, false, "82546EB"},  {0x1013, false, "82541EI"},  {0x1015, false, "82540EM"},
	{0x1016, false, "82540EP"},  {0x1017, false, "82540EP"},  {0x1018, false, "82541EI"},
	{0x1019, false, "82547EI"},  {0x101E, false, "82540EP"},  {0x1026, false, "82545GM"},
	{0x1075, false, "82547GI"},  {0x1076, false, "82541GI"},  {0x1077, false, "82541GI"},
	{0x1078, false, "82541ER"},  {0x1079, false, "82546GB"},  {0x107C, false, "82541PI"},
	{0x105E, true, "82571EB"},   {0x107D, true, "82572EI"},   {0x10B9, true, "82572EI"},
	{0x108B, true, "82573V"},    {0x108C, true, "82573E"},    {0x109A, true, "82573L"},
	{0x10D3, true, "82574L"},    {0x10F6, true, "82574LA"},   {0x150C, true, "82583V"},
	{0x10BD, true, "82566DM-2"}, {0x10CC, true, "82567LM-2"}, {0x10CE, true, "82567V-2"},
	{0x10DE, true, "82567LM-3"}, {0x10F5, true, "82567LM"},   {0x10EA, true, "82577LM"},
	{0x10EB, true, "82577LC"},   {0x10EF, true, "82578DM"},   {0x10F0, true, "82578DC"},
	{0x1502, true, "82579LM"},   {0x1503, true, "82579V"},    {0x153A, true, "I217-LM"},
	{0x153B, true, "I217-V"},    {0x155A, true, "I218-LM"},   {0x1559, true, "I218-V"},
	{0x15A0, true, "I218-LM"},   {0x15A1, true, "I218-V"},    {0x15A2, true, "I218-LM"},
	{0x15A3, true, "I218-V"},    {0x156F, true, "I219-LM"},   {0x1570, true, "I219-V"},
	{0x15B7, true, "I219-LM"},   {0x15B8, true, "I219-V"},    {0x15B9, true, "I219-LM"},
	{0x15D7, true, "I219-LM"},   {0x15D8, true, "I219-V"},    {0x15E3, true, "I219-LM"},
	{0x15D6, true, "I219-V"},    {0x15BD, true, "I219-LM"},   {0x15BE, true, "I219-V"},
	{0x15BB, true, "I219-LM"},   {0x15BC, true, "I219-V"},
};

static struct e1000 *card_of(struct nic *n)
{
	return container_of(n, struct e1000, nic);
}

static uint32_t reg_read(const struct e1000 *e, unsigned reg)
{
	return mmio_read32(e->regs + reg);
}

static void reg_write(const struct e1000 *e, unsigned reg, uint32_t value)
{
	mmio_write32(e->regs + reg, value);
}

/* Buffers are read after their descriptor's status, and written before the card is told. */
static void barrier(void)
{
	__asm__ volatile("" : : : "memory");
}

/* ---- frames ------------------------------------------------------------------------ */

static void reclaim(struct e1000 *e)
{
	while (e->tx_head != e->tx_next && e->tx[e->tx_head].status & TX_DD) {
		e->tx_head = (e->tx_head + 1) % TX_RING;
		e->nic.tx_frames++;
		e->said_stuck = false;
	}
}

static void pause(struct e1000 *e);
static void enable(struct e1000 *e);

/*
 * The ring is full, and somebody wants to send. A card that has sent nothing for
 * so long will not by itself; it begins anew, once what it has under way is over.
 */
static void look_stuck(struct e1000 *e)
{
	uint64_t now = delay_now_ns();

	if (e->is_paused) {
		if (now - e->full_ns < QUIET_US * 1000)
			return;
		e->is_paused = false;
		enable(e);
	} else if (!e->full_ns || e->full_head != e->tx_head) {
		e->full_head = e->tx_head;
		e->full_ns = now;
	} else if (now - e->full_ns >= STUCK_NS) {
		if (!e->said_stuck)
			log_warn("%s: nothing was sent for 2 s: the card begins anew until it "
				 "sends again",
				 e->nic.name);
		pause(e);
		e->is_paused = e->said_stuck = true;
		e->full_ns = now;
	}
}

/* One descriptor stays free: head and tail alike mean an empty ring (3.4). */
static uint8_t *tx_begin(struct nic *n)
{
	struct e1000 *e = card_of(n);

	reclaim(e);
	if (e->is_paused || (e->tx_next + 1) % TX_RING == e->tx_head) {
		look_stuck(e);
		return NULL;
	}
	e->full_ns = 0;
	return e->tx_buffers[e->tx_next];
}

static void tx_send(struct nic *n, uint32_t bytes)
{
	struct e1000 *e = card_of(n);
	volatile struct tx_descriptor *d = &e->tx[e->tx_next];

	d->bytes = (uint16_t)bytes;
	d->command = TX_EOP | TX_IFCS | TX_RS;
	d->status = 0;
	e->tx_next = (e->tx_next + 1) % TX_RING;
	barrier();
	reg_write(e, REG_TX + RING_TAIL, e->tx_next);
}

static bool has_received(const struct e1000 *e)
{
	return e->rx[e->rx_next].status & RX_DD;
}

/* What the card wrote is checked: it may be a broken one, or an emulated one. */
static void receive(struct e1000 *e, unsigned index)
{
	const volatile struct rx_descriptor *d = &e->rx[index];
	uint32_t bytes = d->bytes;
	bool is_end = d->status & RX_EOP, is_rest = e->rx_dropping;

	e->rx_dropping = !is_end;
	if (is_rest)
		return;
	if (!is_end || d->errors & RX_ERRORS || bytes < NIC_FRAME_MIN || bytes > NIC_FRAME_MAX) {
		e->nic.rx_errors++;
		return;
	}
	e->nic.rx_frames++;
	barrier();
	if (e->nic.received)
		e->nic.received(&e->nic, e->rx_buffers[index], bytes);
}

static void give_rx(struct e1000 *e, unsigned index)
{
	e->rx[index].address = (uintptr_t)e->rx_buffers[index];
	e->rx[index].status = 0;
}

static bool poll(struct nic *n, unsigned budget)
{
	struct e1000 *e = card_of(n);
	unsigned last = e->rx_next;
	bool any = false;

	reclaim(e);
	for (; budget && has_received(e); budget--) {
		last = e->rx_next;
		e->rx_next = (last + 1) % RX_RING;
		receive(e, last);
		give_rx(e, last);
		any = true;
	}
	barrier();
	if (any)
		reg_write(e, REG_RX + RING_TAIL, last);
	return has_received(e);
}

static const struct nic_ops ops = {.tx_begin = tx_begin, .tx_send = tx_send, .poll = poll};

/* ---- start and stop ----------------------------------------------------------------- */

static const struct model *find_model(const struct pci_function *f)
{
	for (unsigned i = 0; i < ARRAY_SIZE(models); i++)
		if (f->vendor == 0x8086 && f->product == models[i].product)
			return &models[i];
	return NULL;
}

static bool matches(const struct pci_function *f)
{
	return find_model(f);
}

/* No interrupts, no access to memory once what is under way is over: after QUIET_US. */
static void pause(struct e1000 *e)
{
	reg_write(e, REG_IMC, ~0u);
	reg_write(e, REG_RCTL, 0);
	reg_write(e, REG_TCTL, TCTL_PSP);
	reg_read(e, REG_STATUS); /* they have arrived */
}

static void silence(struct e1000 *e)
{
	pause(e);
	delay_us(QUIET_US);
}

/* The PHY is left as it is: it negotiates by itself, and some forget what the firmware set. */
static void reset(struct e1000 *e)
{
	silence(e);
	reg_write(e, REG_CTRL, reg_read(e, REG_CTRL) | CTRL_RST);
	delay_us(RESET_US);
	reg_write(e, REG_IMC, ~0u);
	reg_write(e, REG_CTRL, (reg_read(e, REG_CTRL) & ~CTRL_OFF) | CTRL_SLU | CTRL_ASDE);
	reg_read(e, REG_ICR);
}

/* A word of the EEPROM, by the bits of either kind of card; false: no answer. */
static bool read_eeprom(struct e1000 *e, unsigned word, unsigned shift, uint32_t done,
			uint16_t *value)
{
	reg_write(e, REG_EERD, EERD_START | word << shift);
	for (unsigned i = 0; i < EEPROM_TRIES; i++) {
		uint32_t eerd = reg_read(e, REG_EERD);

		*value = (uint16_t)(eerd >> 16);
		if (eerd & done)
			return true;
		delay_us(EEPROM_US);
	}
	return false;
}

static bool mac_is_valid(const uint8_t *mac)
{
	return !(mac[0] & 1) && (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}

static bool mac_from_eeprom(struct e1000 *e, unsigned port, unsigned shift, uint32_t done)
{
	for (unsigned i = 0; i < 3; i++) {
		uint16_t word;

		if (!read_eeprom(e, i, shift, done, &word))
			return false;
		memcpy(e->nic.mac + 2 * i, &word, 2);
	}
	e->nic.mac[5] ^= (uint8_t)port; /* one EEPROM for both */
	return mac_is_valid(e->nic.mac);
}

/* A reset loads the first receive address from the EEPROM, but not in all cards. */
static bool find_mac(struct e1000 *e, unsigned port)
{
	uint32_t low = reg_read(e, REG_RAL), high = reg_read(e, REG_RAH);

	memcpy(e->nic.mac, &low, 4);
	memcpy(e->nic.mac + 4, &high, 2);
	return (high & RAH_AV && mac_is_valid(e->nic.mac)) ||
	       mac_from_eeprom(e, port, 2, EERD_DONE_LARGE) ||
	       mac_from_eeprom(e, port, 8, EERD_DONE_SMALL);
}

static void setup_ring(struct e1000 *e, unsigned ring, const volatile void *descriptors,
		       uint32_t bytes)
{
	reg_write(e, ring + RING_BAL, (uint32_t)(uintptr_t)descriptors);
	reg_write(e, ring + RING_BAH, 0);
	reg_write(e, ring + RING_LEN, bytes);
	reg_write(e, ring + RING_HEAD, 0);
	reg_write(e, ring + RING_TAIL, 0);
}

static void enable(struct e1000 *e)
{
	e->rx_next = e->tx_next = e->tx_head = 0;
	e->rx_dropping = false;
	for (unsigned i = 0; i < RX_RING; i++)
		give_rx(e, i);
	for (unsigned i = 0; i < TX_RING; i++)
		e->tx[i].address = (uintptr_t)e->tx_buffers[i];
	setup_ring(e, REG_RX, e->rx, sizeof(e->rx));
	setup_ring(e, REG_TX, e->tx, sizeof(e->tx));
	reg_write(e, REG_RXCSUM, 0);
	reg_write(e, REG_RDTR, 0);
	reg_write(e, REG_ITR, ITR_8000_A_SECOND);
	reg_write(e, REG_TIPG, TIPG_IEEE);
	reg_write(e, REG_TCTL, TCTL_ON);
	reg_write(e, REG_RCTL, RCTL_ON);
	reg_write(e, REG_RX + RING_TAIL, RX_RING - 1);
	reg_write(e, REG_IMS, INT_USED);
}

static void update_link(struct e1000 *e)
{
	e->nic.link_up = reg_read(e, REG_STATUS) & STATUS_LU;
}

static int map_regs(struct e1000 *e, const struct pci_function *f)
{
	struct pci_bar bar = pci_bar(f, 0);

	if (bar.is_io || !bar.base || bar.bytes < REGS_BYTES)
		return -ENOENT;
	e->regs = mmio_map(bar.base, REGS_BYTES);
	if (!e->regs)
		return -ENOMEM;
	pci_enable(f);
	return reg_read(e, REG_STATUS) == ~0u ? -EIO : 0;
}

static int start(struct host_device *d)
{
	const struct model *m = find_model(&d->pci);
	struct e1000 *e = d->memory;
	int error = map_regs(e, &d->pci);

	if (error) {
		log_warn("e1000: %s: its registers cannot be reached (error %d)", m->name, error);
		return error;
	}
	reset(e);
	if (!find_mac(e, d->pci.function & 1)) {
		log_warn("e1000: %s: has no valid address, nor an EEPROM that gives one", m->name);
		return -EIO;
	}
	snprintf(e->nic.model, sizeof(e->nic.model), "Intel %s", m->name);
	e->nic.ops = &ops;
	enable(e);
	update_link(e);
	d->nic = &e->nic;
	d->takes_msi = m->has_msi;
	return 0;
}

/* Some clear what was read only if they raised an interrupt for it, so it is written back. */
static bool interrupt(struct host_device *d)
{
	struct e1000 *e = d->memory;
	uint32_t causes = reg_read(e, REG_ICR);

	if (!causes || causes == ~0u)
		return false;
	reg_write(e, REG_ICR, causes);
	if (causes & INT_LSC)
		update_link(e);
	if (causes & INT_RXO)
		e->nic.rx_errors += reg_read(e, REG_MPC);
	return true;
}

static void stop(struct host_device *d)
{
	silence(d->memory);
}

const struct host_driver e1000_driver = {
	.name = "e1000",
	.memory = sizeof(struct e1000),
	.matches = matches,
	.start = start,
	.interrupt = interrupt,
	.stop = stop,
};
