/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bounds linker.ld gives the image's sections, as addresses. */
#ifndef GATEHOUSE_ARCH_X86_IMAGE_LAYOUT_H
#define GATEHOUSE_ARCH_X86_IMAGE_LAYOUT_H

#include "core/types.h"

extern char __image_start[], __image_end[], __text_start[], __text_end[];
extern char __switcher_load[], __switcher_bytes[], __rodata_start[], __rodata_end[];
extern char __data_start[], __data_end[];

static inline hpa_t image_start(void)
{
	return (hpa_t)(uintptr_t)__image_start;
}

static inline hpa_t image_end(void)
{
	return (hpa_t)(uintptr_t)__image_end;
}

#endif
