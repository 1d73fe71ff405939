/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What gdb sees and changes of a stopped guest: registers, memory, breakpoints. */
#include "core/gdb_target.h"

#include "core/cpu.h"
#include "core/errno.h"
#include "core/guest.h"
#include "core/guest_mem.h"
#include "core/lib.h"

#define INT3 0xCC

static struct gdb_break breaks[GDB_BREAKS];

/* gdb's order (its features/i386/32bit-core.xml). */
enum { EIP = 8, CS = 10, GS = 15, CORE_REGISTERS };

static const uint8_t register_offsets[CORE_REGISTERS] = {
	offsetof(struct regs, eax),    offsetof(struct regs, ecx), offsetof(struct regs, edx),
	offsetof(struct regs, ebx),    offsetof(struct regs, esp), offsetof(struct regs, ebp),
	offsetof(struct regs, esi),    offsetof(struct regs, edi), offsetof(struct regs, eip),
	offsetof(struct regs, eflags), offsetof(struct regs, cs),  offsetof(struct regs, ss),
	offsetof(struct regs, ds),     offsetof(struct regs, es),  offsetof(struct regs, fs),
	offsetof(struct regs, gs),
};

bool gdb_is_readable(const struct guest *g)
{
	return g->has_run && g->state != GUEST_LOADING && g->state != GUEST_OFF;
}

static uint32_t *register_of(const struct guest *g, uint32_t n)
{
	return (uint32_t *)((char *)g->vcpu.regs + register_offsets[n]);
}

bool gdb_put_register(struct gdb_link *l, const struct guest *g, uint32_t n)
{
	uint32_t value;

	if (n >= CORE_REGISTERS)
		return false;
	value = *register_of(g, n) & (n >= CS ? 0xFFFF : 0xFFFFFFFF);
	gdb_put_hex(l, &value, sizeof(value));
	return true;
}

/* FXSAVE keeps a bit for each register, gdb wants two: valid or empty (SDM 1, 10.5.1.1). */
static uint32_t full_tags(uint8_t tags)
{
	uint32_t full = 0;

	for (unsigned i = 0; i < 8; i++)
		full |= tags >> i & 1 ? 0 : 3u << 2 * i;
	return full;
}

static void put_half(struct gdb_link *l, const uint8_t *at, uint16_t mask)
{
	uint32_t value = (at[0] | (uint32_t)at[1] << 8) & mask;

	gdb_put_hex(l, &value, sizeof(value));
}

/* The FXSAVE image (SDM 1, table 10-2) in gdb's order: registers, control words, XMM. */
static void put_fpu(struct gdb_link *l, const uint8_t *image)
{
	uint32_t tags = full_tags(image[4]);

	for (unsigned i = 0; i < 8; i++)
		gdb_put_hex(l, image + 32 + 16 * i, 10);
	put_half(l, image + 0, 0xFFFF);
	put_half(l, image + 2, 0xFFFF);
	gdb_put_hex(l, &tags, sizeof(tags));
	put_half(l, image + 12, 0xFFFF); /* fiseg, fioff, foseg, fooff, fop */
	gdb_put_hex(l, image + 8, 4);
	put_half(l, image + 20, 0xFFFF);
	gdb_put_hex(l, image + 16, 4);
	put_half(l, image + 6, 0x07FF);
	gdb_put_hex(l, image + 160, 8 * 16);
	gdb_put_hex(l, image + 24, 4);
}

#define FPU_BYTES (8 * 10 + 8 * 4 + 8 * 16 + 4)

static void put_unknown(struct gdb_link *l, unsigned bytes)
{
	while (bytes--)
		gdb_put(l, "xx");
}

void gdb_put_registers(struct gdb_link *l, struct guest *g)
{
	if (!gdb_is_readable(g)) {
		put_unknown(l, CORE_REGISTERS * 4 + FPU_BYTES);
		return;
	}
	if (g->vcpu.slot)
		vcpu_load(g->vcpu.slot, NULL); /* or the FPU's are still in the CPU */
	for (uint32_t n = 0; n < CORE_REGISTERS; n++)
		gdb_put_register(l, g, n);
	if (fpu_is_fxsave())
		put_fpu(l, g->vcpu.fpu.area);
	else
		put_unknown(l, FPU_BYTES);
}

int gdb_set_register(struct guest *g, uint32_t n, uint32_t value)
{
	if (n >= CORE_REGISTERS || (n == CS && !(value & 3)))
		return -EINVAL;
	*register_of(g, n) = value;
	return 0;
}

/* ---- memory ---- */

static uint32_t piece(gva_t va, uint32_t bytes)
{
	return MIN(bytes, PAGE_SIZE - (va & ~PAGE_MASK));
}

static gpa_t gpa_of(const struct guest *g, const void *at)
{
	return (gpa_t)((const uint8_t *)at - guest_memory(g));
}

/* The software breakpoints' bytes within [gpa, gpa + count) are put into, or taken from, bytes. */
static void swap_originals(const struct guest *g, gpa_t gpa, uint8_t *bytes, uint32_t count,
			   bool is_write)
{
	for (struct gdb_break *b = breaks; b < breaks + GDB_BREAKS; b++) {
		if (b->guest != g || b->registers || b->gpa - gpa >= count)
			continue;
		if (is_write) {
			b->original = bytes[b->gpa - gpa];
			bytes[b->gpa - gpa] = INT3;
		} else if (bytes[b->gpa - gpa] == INT3) {
			bytes[b->gpa - gpa] = b->original;
		}
	}
}

uint32_t gdb_put_memory(struct gdb_link *l, const struct guest *g, gva_t va, uint32_t bytes)
{
	uint8_t buffer[256];
	uint32_t done = 0, n;

	bytes = MIN(bytes, gdb_room(l) / 2);
	for (; done < bytes; done += n) {
		const void *from;

		n = MIN(piece(va + done, bytes - done), (uint32_t)sizeof(buffer));
		from = gdb_is_readable(g) ? guest_look(g, va + done, n) : NULL;
		if (!from)
			break;
		memcpy(buffer, from, n);
		swap_originals(g, gpa_of(g, from), buffer, n, false);
		gdb_put_hex(l, buffer, n);
	}
	return done;
}

static uint8_t *writable(const struct guest *g, gva_t va, uint32_t bytes)
{
	const void *at = gdb_is_readable(g) ? guest_look(g, va, bytes) : NULL;

	return at ? guest_memory(g) + gpa_of(g, at) : NULL;
}

int gdb_write_memory(struct guest *g, gva_t va, const uint8_t *from, uint32_t bytes)
{
	for (uint32_t at = 0, n; at < bytes; at += n) {
		n = piece(va + at, bytes - at);
		if (!writable(g, va + at, n))
			return -EFAULT;
	}
	for (uint32_t at = 0, n; at < bytes; at += n) {
		uint8_t *to = writable(g, va + at, n = piece(va + at, bytes - at));

		if (!to) /* what was written before may have changed the tables */
			return -EFAULT;
		memcpy(to, from + at, n);
		swap_originals(g, gpa_of(g, to), to, n, true);
	}
	return 0;
}

/* ---- breakpoints ---- */

static struct gdb_break *find(const struct guest *g, enum gdb_break_type type, gva_t va,
			      uint32_t bytes)
{
	for (struct gdb_break *b = breaks; b < breaks + GDB_BREAKS; b++)
		if (b->guest == g && (!g || (b->type == type && b->va == va && b->bytes == bytes)))
			return b;
	return NULL;
}

/* The software breakpoint in memory at gpa, but for one of them. */
static const struct gdb_break *soft_at(const struct guest *g, gpa_t gpa,
				       const struct gdb_break *other)
{
	for (unsigned i = 0; i < GDB_BREAKS; i++) {
		const struct gdb_break *b = &breaks[i];

		if (b != other && b->guest == g && !b->registers && b->gpa == gpa)
			return b;
	}
	return NULL;
}

const struct gdb_break *gdb_soft_break_at(const struct guest *g, gva_t va)
{
	const void *at = guest_look(g, va, 1);

	return at ? soft_at(g, gpa_of(g, at), NULL) : NULL;
}

const struct gdb_break *gdb_hard_break(const struct guest *g, unsigned registers)
{
	for (const struct gdb_break *b = breaks; b < breaks + GDB_BREAKS; b++)
		if (b->guest == g && b->registers & registers)
			return b;
	return NULL;
}

static void release(struct gdb_break *b)
{
	uint8_t *at = b->registers ? NULL : guest_ram(b->guest, b->gpa, 1);

	for (unsigned n = 0; n < 4; n++)
		if (b->registers >> n & 1)
			vcpu_set_breakpoint(&b->guest->vcpu, n, 0, 0, 0);
	/* the guest may have put other code there meanwhile */
	if (at && *at == INT3 && !soft_at(b->guest, b->gpa, b))
		*at = b->original;
	b->guest = NULL;
}

/* Splits [va, va + bytes) into what debug registers can watch. */
static int take_registers(struct gdb_break *b)
{
	static const uint8_t types[] = {0, 0, 1, 3, 3};
	struct vcpu *v = &b->guest->vcpu;
	gva_t va = b->va;
	uint32_t left = b->type <= GDB_BREAK_HARD ? 1 : b->bytes;

	for (unsigned n = 0; n < 4 && left; n++) {
		unsigned size = va & 1 || left < 2 ? 1 : va & 2 || left < 4 ? 2 : 4;

		if (v->debug.dr[7] >> 2 * n & 3)
			continue;
		if (vcpu_set_breakpoint(v, n, types[b->type], va, size))
			return -EFAULT;
		b->registers |= (uint8_t)(1u << n);
		va += size;
		left -= size;
	}
	return left || !b->registers ? -ENOSPC : 0;
}

static int insert(struct gdb_break *b)
{
	uint8_t *at = b->type == GDB_BREAK_SOFT ? writable(b->guest, b->va, 1) : NULL;
	const struct gdb_break *same;

	if (!at)
		return take_registers(b);
	b->gpa = gpa_of(b->guest, at);
	same = soft_at(b->guest, b->gpa, b);
	b->original = same ? same->original : *at;
	*at = INT3;
	return 0;
}

int gdb_set_break(struct guest *g, enum gdb_break_type type, gva_t va, uint32_t bytes)
{
	struct gdb_break *b = find(g, type, va, bytes);
	int err;

	if (b)
		return 0;
	b = find(NULL, type, va, bytes);
	if (!b || !gdb_is_readable(g))
		return -ENOSPC;
	*b = (struct gdb_break){.guest = g, .type = type, .va = va, .bytes = bytes};
	err = insert(b);
	if (err) {
		if (!b->registers)
			b->guest = NULL; /* nothing to be put back */
		else
			release(b);
	}
	return err;
}

void gdb_remove_break(struct guest *g, enum gdb_break_type type, gva_t va, uint32_t bytes)
{
	struct gdb_break *b = find(g, type, va, bytes);

	if (b)
		release(b);
}

void gdb_remove_breaks(struct guest *g)
{
	for (struct gdb_break *b = breaks; b < breaks + GDB_BREAKS; b++)
		if (b->guest == g)
			release(b);
}

void gdb_forget_breaks(struct guest *g)
{
	for (struct gdb_break *b = breaks; b < breaks + GDB_BREAKS; b++)
		if (b->guest == g)
			b->guest = NULL;
}
