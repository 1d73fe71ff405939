/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the image formats share; image.h is the outside. */
#ifndef GATEHOUSE_CORE_IMAGE_LOAD_H
#define GATEHOUSE_CORE_IMAGE_LOAD_H

#include "core/image.h"
#include "core/util.h"

/* One image_plan() under way. */
struct image_job {
	const struct image_ram *ram;
	const struct image_file *file;
	struct image_plan *plan;
	uint32_t limit;       /* first byte the image may not use: the initrd, or the end of RAM */
	uint64_t highest_end; /* of all parts, where that is known: for messages */
	char *err;
	size_t err_size;
};

/* Bytes of the file that go to a guest-physical range; bytes beyond them stay zero. */
struct image_part {
	const char *what; /* "ELF segment 2": for messages */
	uint64_t start, bytes;
	uint32_t file_offset, file_bytes; /* inside the file, file_bytes <= bytes */
};

/* Writes the sentence, returns error. */
int image_fail(const struct image_job *job, int error, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* 0 when the part may lie where it wants to, else an error and its sentence. */
int image_check_part(const struct image_job *job, const struct image_part *part);

/* Plans the copy of a part that was checked. */
void image_add_part(const struct image_job *job, const struct image_part *part);

int image_plan_elf(const struct image_job *job);
int image_plan_bzimage(const struct image_job *job);

#endif
