/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the configuration's words take: setters for the option tables (options.h). */
#ifndef GATEHOUSE_CORE_CONFIG_VALUES_H
#define GATEHOUSE_CORE_CONFIG_VALUES_H

#include "core/options.h"

/* Each returns 0, or an error and the field is as it was. */
int config_set_name(const struct option *opt, void *field, struct slice value);
int config_set_console(const struct option *opt, void *field, struct slice value);
int config_set_baud(const struct option *opt, void *field, struct slice value);
int config_set_trace(const struct option *opt, void *field, struct slice value);
int config_set_gdb(const struct option *opt, void *field, struct slice value);
int config_set_restarts(const struct option *opt, void *field, struct slice value);
/* A number as option_number() takes it, or "off", which is 0. */
int config_set_or_off(const struct option *opt, void *field, struct slice value);
int config_set_on_panic(const struct option *opt, void *field, struct slice value);
int config_set_escape(const struct option *opt, void *field, struct slice value);

/* These add to a list; the field is the whole struct config or config_guest. */
int config_add_uplink(const struct option *opt, void *field, struct slice value);
int config_add_disk(const struct option *opt, void *field, struct slice value);
int config_add_net(const struct option *opt, void *field, struct slice value);

int config_set_terminal(const struct option *opt, void *field, struct slice value);

#endif
