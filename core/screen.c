/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen that the machine shows: which it is, and when it is drawn. */
#include "core/screen.h"

#include "arch/x86/paging.h"
#include "boot/boot_info.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "core/frames.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/screen_text.h"
#include "drivers/framebuffer.h"
#include "drivers/glyphs.h"
#include "drivers/vga_text.h"

/* Of drawing: at most a tenth of the time, in pieces that delay nobody (I6). */
#define PIECE_NS 30000u
#define GAP_NS   300000u
#define FIRST_NS 1000000u /* after a write: more may come, and scroll it away */

#define VGA_TEXT ((volatile void *)VGA_TEXT_BASE)

/* The loader's types of framebuffers (multiboot2 3.6.12). */
enum loader_type { LOADER_PALETTE = 0, LOADER_RGB = 1, LOADER_TEXT = 2 };

static enum { NO_SCREEN, VGA_SCREEN, FRAMEBUFFER_SCREEN } kind;
static struct screen_text page;
static struct framebuffer fb;
static struct timer redraw;
static bool has_timers;
static const struct boot_framebuffer *given;
static const char *why_none; /* how *given cannot be used */

/* It must lie where neither RAM nor the window is: there it keeps its address. */
static bool has_place(const struct boot_info *bi, uint64_t base, uint32_t bytes)
{
	if (base > WINDOW_BASE - bytes)
		return false;
	for (unsigned i = 0; i < bi->mem_count; i++)
		if (bi->mem[i].type == BOOT_MEM_USABLE && bi->mem[i].base < MEMORY_LIMIT &&
		    bi->mem[i].base + bi->mem[i].bytes > base)
			return false;
	return true;
}

static void open_framebuffer(const struct boot_info *bi)
{
	fb = (struct framebuffer){
		.base = (volatile uint8_t *)(uintptr_t)given->base,
		.pitch = given->pitch,
		.width = given->width,
		.height = given->height,
		.bits = given->bpp,
		.red = {given->red_shift, given->red_bits},
		.green = {given->green_shift, given->green_bits},
		.blue = {given->blue_shift, given->blue_bits},
	};
	if (framebuffer_init(&fb) != 0) {
		why_none = "with such pixels or lines";
	} else if (!has_place(bi, given->base, fb.bytes)) {
		why_none = "there: RAM ends above it, or it ends above 0xffc00000";
	} else {
		kind = FRAMEBUFFER_SCREEN;
		framebuffer_clear(&fb);
		screen_text_init(&page, fb.width / GLYPH_WIDTH, fb.height / GLYPH_HEIGHT);
	}
}

static void open_vga(void)
{
	if (!vga_text_present(VGA_TEXT))
		return;
	kind = VGA_SCREEN;
	vga_text_init(VGA_TEXT);
	screen_text_init(&page, VGA_TEXT_COLUMNS, VGA_TEXT_ROWS);
}

void screen_init(const struct boot_info *bi)
{
	given = &bi->framebuffer;
	if (!bi->has_framebuffer || bi->framebuffer.type == LOADER_TEXT) {
		if (!bi->is_efi) /* else plain memory may be there */
			open_vga();
	} else if (bi->framebuffer.type == LOADER_RGB) {
		open_framebuffer(bi);
	} else {
		why_none = "with numbers of colors as pixels";
	}
}

void screen_describe(char *text)
{
	if (why_none)
		snprintf(text, SCREEN_TEXT_BYTES,
			 "none, as a framebuffer of %u x %u pixels, %u bits each, %u bytes "
			 "a line, at 0x%llx cannot be used %s",
			 given->width, given->height, given->bpp, given->pitch, given->base,
			 why_none);
	else if (kind == FRAMEBUFFER_SCREEN)
		snprintf(text, SCREEN_TEXT_BYTES,
			 "%u x %u characters on %u x %u pixels of %u bits at 0x%llx", page.columns,
			 page.rows, fb.width, fb.height, fb.bits, given->base);
	else if (kind == VGA_SCREEN)
		snprintf(text, SCREEN_TEXT_BYTES, "%u x %u characters, VGA text", page.columns,
			 page.rows);
	else
		snprintf(text, SCREEN_TEXT_BYTES, "none");
}

void screen_map(void)
{
	char text[SCREEN_TEXT_BYTES];

	if (kind == FRAMEBUFFER_SCREEN &&
	    !paging_map_framebuffer((hpa_t)(uintptr_t)fb.base, fb.bytes)) {
		kind = NO_SCREEN;
		why_none = "there: something else is mapped";
	}
	screen_describe(text);
	if (why_none || kind != NO_SCREEN)
		log_printf(why_none ? LOG_WARN : LOG_INFO, "screen: %s", text);
}

/* One cell more, if there is one. */
static bool draw_next(void)
{
	struct screen_cell cell;

	if (!screen_text_next(&page, &cell))
		return false;
	if (kind == FRAMEBUFFER_SCREEN)
		framebuffer_draw(&fb, cell.row, cell.column, cell.look);
	else
		vga_text_draw(VGA_TEXT, cell.row * VGA_TEXT_COLUMNS + cell.column, cell.look);
	return true;
}

static void draw_piece(struct timer *timer, uint64_t now_ns)
{
	uint64_t end = now_ns + PIECE_NS;
	bool more;

	do {
		more = draw_next();
		now_ns = clock_now_ns();
	} while (more && now_ns < end);
	if (more)
		clock_add_timer(&boot_cpu, timer, now_ns + GAP_NS);
}

void screen_start(void)
{
	redraw.expired = draw_piece;
	has_timers = true;
}

bool screen_is_there(void)
{
	return kind != NO_SCREEN;
}

void screen_flush(void)
{
	while (kind != NO_SCREEN && draw_next())
		;
}

void screen_write(const char *text, size_t bytes)
{
	if (kind == NO_SCREEN)
		return;
	screen_text_write(&page, text, bytes);
	if (!has_timers)
		screen_flush();
	else if (!timer_is_queued(&redraw))
		clock_add_timer(&boot_cpu, &redraw, clock_now_ns() + FIRST_NS);
}
