#ifndef PEAPOD_MONITOR_TITLE_H
#define PEAPOD_MONITOR_TITLE_H

/* Takes the second argument as room for a name: `ps` shows none until there is one. */
void title_begin(char **argv);

/* `ps` shows the name from now on, as much of it as there is room for. */
void title_set(const char *name);

#endif
