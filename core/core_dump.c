/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing a guest's core file out: to the console, or to a disk nobody uses. */
#include "core/core_dump.h"

#include "core/console.h"
#include "core/core_file.h"
#include "core/crc32.h"
#include "core/disks.h"
#include "core/dump_line.h"
#include "core/errno.h"
#include "core/frames.h"
#include "core/guest.h"
#include "core/lib.h"
#include "core/log.h"

#define LINE_DATA    144u /* whole triples for base64, whole words to look for zeroes */
#define LINES_A_STEP 2u
#define SKIP_BYTES   (LINE_DATA * 64) /* looked at for zeroes in one step */

#define PIECE_BYTES  KIB(32) /* written to a disk at once */
#define MEMORY_PAGES ((CORE_FILE_HEAD_BYTES + PIECE_BYTES) / PAGE_SIZE)

_Static_assert(sizeof(struct core_disk_head) == BLOCK_SECTOR, "one sector");

/* What is written to a disk, in order. */
enum disk_stage { DISK_BEGIN, DISK_FILE, DISK_FLUSH, DISK_END, DISK_FLUSH_END, DISK_DONE };

bool core_dump_is_on;
static const char user[] = "a core dump"; /* in disk_open()'s eyes */

static struct {
	struct core_file file;
	struct guest *guest;
	unsigned life;
	uint8_t *memory; /* the file's head, then the piece for the disk */
	bool is_mapped;
	uint32_t offset; /* in the file: written up to here */
	uint32_t lines;  /* console */

	struct block_disk *disk; /* NULL: console */
	char disk_name[CONFIG_NAME];
	struct disk_use use;
	enum disk_stage stage;
	bool is_busy; /* the request is with the disk */
	int error;
	struct block_request request;
	struct block_segment segment;
} dump;

/* While one guest is shown alone no line of ours is. */
static bool has_room(void)
{
	return console_line_fits() && !console_is_alone();
}

static uint8_t *piece(void)
{
	return dump.memory + CORE_FILE_HEAD_BYTES;
}

void core_dump_status(char *text, size_t size)
{
	if (!core_dump_is_on)
		snprintf(text, size, "no core is being written");
	else
		snprintf(text, size, "core of guest \"%s\" to %s: %u of %u KiB",
			 guest_name(dump.guest), dump.disk ? dump.disk_name : "the console",
			 dump.offset >> 10, dump.file.bytes >> 10);
}

static void end(void)
{
	if (dump.disk)
		disks_close(user);
	frames_free(&host_frames, (hpa_t)(uintptr_t)dump.memory, MEMORY_PAGES, FRAME_HOST);
	guest_resume(dump.guest, GUEST_PAUSED_BY_CORE);
	core_dump_is_on = false;
}

void core_dump_stop(const char *why)
{
	if (!core_dump_is_on)
		return;
	if (dump.is_busy) {
		dump.error = -EAGAIN; /* the disk still has the request */
		return;
	}
	log_warn("core of guest \"%s\": given up at %u of %u KiB: %s", guest_name(dump.guest),
		 dump.offset >> 10, dump.file.bytes >> 10, why);
	end();
}

static int open_disk(const char *name, char *why, size_t why_bytes)
{
	struct config_disk want = {.read_only = false};
	int err;

	snprintf(want.name, sizeof(want.name), "%s", name);
	memcpy(dump.disk_name, want.name, sizeof(dump.disk_name));
	err = disk_open(&dump.use, &want, user, &dump.disk, why, why_bytes);
	if (err)
		return err;
	if (!dump.disk->read_only)
		return 0;
	snprintf(why, why_bytes, "disk %s is read-only", name);
	disks_close(user);
	return -EINVAL;
}

static int take_memory(char *why, size_t why_bytes)
{
	hpa_t at = frames_alloc(&host_frames, MEMORY_PAGES, 1, FRAME_HOST);

	dump.memory = (uint8_t *)(uintptr_t)at;
	if (!at)
		snprintf(why, why_bytes, "no %u KiB of memory left for it", MEMORY_PAGES * 4);
	return at ? 0 : -ENOMEM;
}

static bool is_still_there(const struct guest *g)
{
	return g->has_run && g->frames && g->state != GUEST_OFF && g->state != GUEST_LOADING;
}

int core_dump_start(struct guest *g, const char *disk, char *why, size_t why_bytes)
{
	int err;

	if (core_dump_is_on) {
		core_dump_status(why, why_bytes);
		return -EBUSY;
	}
	if (!is_still_there(g)) {
		snprintf(why, why_bytes, "guest \"%s\" is %s: it has no memory to be written",
			 guest_name(g), guest_state_name(g->state));
		return -ENOENT;
	}
	memset(&dump, 0, sizeof(dump));
	err = disk ? open_disk(disk, why, why_bytes) : 0;
	if (err)
		return err;
	err = take_memory(why, why_bytes);
	if (err) {
		if (disk)
			disks_close(user);
		return err;
	}
	dump.guest = g;
	dump.life = g->lives;
	guest_pause(g, GUEST_PAUSED_BY_CORE);
	core_file_start(&dump.file, g, dump.memory);
	core_dump_is_on = true;
	return 0;
}

static bool is_zero(const uint8_t *at, uint32_t bytes)
{
	const uint32_t *word = (const uint32_t *)(const void *)at;

	while (bytes >= sizeof(*word) && !*word) {
		word++;
		bytes -= sizeof(*word);
	}
	return bytes < sizeof(*word);
}

/* The line's bytes: those of the file, and zeroes behind its end or where two pieces meet. */
static void gather(uint8_t data[LINE_DATA])
{
	uint32_t got = 0;

	memset(data, 0, LINE_DATA);
	while (got < LINE_DATA && dump.offset + got < dump.file.bytes) {
		uint32_t n = LINE_DATA - got;
		const uint8_t *from = core_file_at(&dump.file, dump.offset + got, &n);

		memcpy(data + got, from, n);
		got += n;
	}
}

/* A line, or none if there are only zeroes. */
static bool say_data(void)
{
	uint8_t data[LINE_DATA] ALIGNED(4);
	char text[LINE_DATA / 3 * 4 + 1];
	bool is_empty;

	gather(data);
	is_empty = is_zero(data, LINE_DATA);
	if (!is_empty) {
		dump_base64(text, data, LINE_DATA);
		dump_line("core: data %x %x %s", dump.lines++, dump.offset, text);
	}
	dump.offset = MIN(dump.offset + LINE_DATA, dump.file.bytes);
	return !is_empty;
}

static void console_step(void)
{
	unsigned said = 0;

	if (dump.offset == 0)
		dump_line("core: begin 1 guest=%s bytes=%u", guest_name(dump.guest),
			  dump.file.bytes);
	for (uint32_t looked = 0; looked < SKIP_BYTES && said < LINES_A_STEP; looked += LINE_DATA) {
		if (dump.offset == dump.file.bytes) {
			dump_line("core: end lines=%u", dump.lines);
			end();
			return;
		}
		if (!has_room())
			return;
		said += say_data();
	}
}

static void written(struct block_request *r, int error)
{
	(void)r;
	dump.is_busy = false;
	if (!dump.error)
		dump.error = error;
}

static void submit(enum block_op op, uint64_t sector, uint32_t bytes)
{
	dump.segment = (struct block_segment){piece(), bytes};
	dump.request = (struct block_request){.op = op,
					      .sector = sector,
					      .sectors = bytes / BLOCK_SECTOR,
					      .count = bytes ? 1 : 0,
					      .segments = &dump.segment,
					      .done = written};
	dump.is_busy = true;
	if (dump.disk->ops->submit(dump.disk, &dump.request)) {
		dump.is_busy = false;
		dump.error = -EIO;
	}
}

static void write_head(bool is_complete)
{
	struct core_disk_head *head = (struct core_disk_head *)(void *)piece();

	memset(head, 0, sizeof(*head));
	memcpy(head->magic, CORE_DISK_MAGIC, sizeof(CORE_DISK_MAGIC));
	head->is_complete = is_complete;
	head->bytes = dump.file.bytes;
	snprintf(head->guest, sizeof(head->guest), "%s", guest_name(dump.guest));
	head->crc = crc32(0, head, offsetof(struct core_disk_head, crc));
	submit(BLOCK_WRITE, 0, sizeof(*head));
}

/* The head and the memory are both whole pages, so a piece is whole sectors. */
static void write_piece(void)
{
	uint32_t bytes = PIECE_BYTES;
	const uint8_t *from = core_file_at(&dump.file, dump.offset, &bytes);

	memcpy(piece(), from, bytes);
	submit(BLOCK_WRITE, 1 + dump.offset / BLOCK_SECTOR, bytes);
	dump.offset += bytes;
	if (dump.offset % MIB(16) == dump.file.head_bytes)
		log_info("core of guest \"%s\": %u of %u KiB written", guest_name(dump.guest),
			 dump.offset >> 10, dump.file.bytes >> 10);
}

static void disk_step(void)
{
	if (dump.is_busy) {
		if (dump.disk->ops->step)
			dump.disk->ops->step(dump.disk);
		return;
	}
	switch (dump.stage) {
	case DISK_BEGIN:
	case DISK_END:
		write_head(dump.stage == DISK_END);
		break;
	case DISK_FILE:
		write_piece();
		if (dump.offset < dump.file.bytes)
			return;
		break;
	case DISK_FLUSH:
	case DISK_FLUSH_END:
		submit(BLOCK_FLUSH, 0, 0);
		break;
	case DISK_DONE:
		log_info("core of guest \"%s\": written to disk %s, %u KiB", guest_name(dump.guest),
			 dump.disk_name, dump.file.bytes >> 10);
		end();
		return;
	}
	dump.stage++;
}

static bool fits(void)
{
	return !dump.disk || 1 + dump.file.bytes / BLOCK_SECTOR <= dump.disk->sectors;
}

static void map_step(void)
{
	dump.is_mapped = core_file_map_step(&dump.file);
	if (!dump.is_mapped)
		return;
	if (dump.file.left_out)
		log_warn("core of guest \"%s\": %u mapped pages have no program header: there is "
			 "no room for more",
			 guest_name(dump.guest), dump.file.left_out);
	if (!fits())
		core_dump_stop("the disk is smaller than the file and a sector");
}

void core_dump_step(void)
{
	if (!dump.is_busy && dump.error)
		core_dump_stop(dump.error == -EAGAIN ? "stopped" : "the disk failed");
	else if (!dump.is_busy && (!is_still_there(dump.guest) || dump.guest->lives != dump.life))
		core_dump_stop("the guest ended or restarted");
	else if (!dump.is_mapped)
		map_step();
	else if (dump.disk)
		disk_step();
	else if (has_room())
		console_step();
}

bool core_dump_can_go_on(void)
{
	if (!core_dump_is_on)
		return false;
	if (!dump.is_mapped)
		return true;
	return dump.disk ? !dump.is_busy || dump.disk->ops->step : has_room();
}
