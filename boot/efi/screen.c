/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The picture: the Graphics Output Protocol's mode (UEFI 2.10, 12.9). */
#include "boot/efi/screen.h"

#include "boot/efi/firmware.h"
#include "boot/efi/info.h"

typedef EFI_GRAPHICS_OUTPUT_PROTOCOL gop_t;

static bool has_pixels(const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *m)
{
	return m->PixelFormat != PixelBltOnly;
}

/* How long a warning can be read before the hypervisor clears the screen. */
#define WARNING_US 3000000

static bool query(gop_t *gop, UINT32 number, EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *mode)
{
	EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *m;
	UINTN bytes;

	if (EFI_ERROR(gop->QueryMode(gop, number, &bytes, &m)))
		return false;
	*mode = *m;
	firmware_boot->FreePool(m);
	return has_pixels(mode);
}

static void set_mode(gop_t *gop, uint32_t width, uint32_t height)
{
	EFI_GRAPHICS_OUTPUT_MODE_INFORMATION m;

	for (UINT32 i = 0; i < gop->Mode->MaxMode; i++)
		if (query(gop, i, &m) && m.HorizontalResolution == width &&
		    m.VerticalResolution == height && !EFI_ERROR(gop->SetMode(gop, i)))
			return;
	say("screen %ux%u: there is no such mode, but", width, height);
	for (UINT32 i = 0; i < gop->Mode->MaxMode; i++)
		if (query(gop, i, &m))
			say(" %ux%u", m.HorizontalResolution, m.VerticalResolution);
	say("; it stays as it is\n");
	firmware_boot->Stall(WARNING_US);
}

static bool read_format(struct boot_framebuffer *fb, const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *m)
{
	const EFI_PIXEL_BITMASK *mask = &m->PixelInformation;

	switch (m->PixelFormat) {
	case PixelRedGreenBlueReserved8BitPerColor:
		return framebuffer_from_masks(fb, 0xFF, 0xFF00, 0xFF0000, 0xFF000000);
	case PixelBlueGreenRedReserved8BitPerColor:
		return framebuffer_from_masks(fb, 0xFF0000, 0xFF00, 0xFF, 0xFF000000);
	case PixelBitMask:
		return framebuffer_from_masks(fb, mask->RedMask, mask->GreenMask, mask->BlueMask,
					      mask->ReservedMask);
	default:
		return false;
	}
}

bool screen_set(struct boot_framebuffer *fb, uint32_t width, uint32_t height)
{
	EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
	const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *m;
	gop_t *gop;

	if (EFI_ERROR(firmware_boot->LocateProtocol(&guid, NULL, (void **)&gop)))
		return false;
	if (width && (gop->Mode->Info->HorizontalResolution != width ||
		      gop->Mode->Info->VerticalResolution != height))
		set_mode(gop, width, height);
	m = gop->Mode->Info;
	fb->base = gop->Mode->FrameBufferBase;
	fb->width = m->HorizontalResolution;
	fb->height = m->VerticalResolution;
	if (!has_pixels(m) || !read_format(fb, m))
		return false;
	fb->pitch = m->PixelsPerScanLine * ((fb->bpp + 7u) / 8);
	return true;
}
