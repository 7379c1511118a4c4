#include "clock.h"

#include "../core/syscalls.h"

#include <time.h>

#define SECONDS_PER_DAY 86400u
#define DAYS_PER_400_YEARS 146097u

struct date {
  uint64_t year;
  unsigned month; /* 1 to 12 */
  unsigned day;   /* 1 to 31 */
};

static uint64_t read_clock(int clock) {
  struct timespec now = {0, 0};
  sys_clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t clock_realtime_ns(void) {
  return read_clock(CLOCK_REALTIME);
}

uint64_t clock_monotonic_ns(void) {
  return read_clock(CLOCK_MONOTONIC);
}

/* The Gregorian date, counted in years that begin in March: the leap day is then the last one of a year. */
static struct date date_of(uint64_t days_since_1970) {
  uint64_t days = days_since_1970 + 719468; /* since 1 March of the year 0 */
  uint64_t era = days / DAYS_PER_400_YEARS;
  unsigned day_of_era = (unsigned)(days % DAYS_PER_400_YEARS);
  unsigned leap_days = day_of_era / 1460 - day_of_era / 36524 + day_of_era / 146096;
  unsigned year_of_era = (day_of_era - leap_days) / 365;
  unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  unsigned month_from_march = (5 * day_of_year + 2) / 153;
  unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return (struct date){
      .year = era * 400 + year_of_era + (month <= 2),
      .month = month,
      .day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
  };
}

static void add_date(struct text *text, uint64_t seconds, const char *separator) {
  struct date date = date_of(seconds / SECONDS_PER_DAY);
  text_add_digits(text, date.year, 4);
  text_add(text, separator);
  text_add_digits(text, date.month, 2);
  text_add(text, separator);
  text_add_digits(text, date.day, 2);
}

static void add_time(struct text *text, uint64_t seconds, const char *separator) {
  uint64_t second_of_day = seconds % SECONDS_PER_DAY;
  text_add_digits(text, second_of_day / 3600, 2);
  text_add(text, separator);
  text_add_digits(text, second_of_day / 60 % 60, 2);
  text_add(text, separator);
  text_add_digits(text, second_of_day % 60, 2);
}

void clock_add_rfc3339(struct text *text, uint64_t realtime_ns) {
  add_date(text, realtime_ns / NS_PER_SECOND, "-");
  text_add(text, "T");
  add_time(text, realtime_ns / NS_PER_SECOND, ":");
  text_add(text, ".");
  text_add_digits(text, realtime_ns % NS_PER_SECOND, 9);
  text_add(text, "Z");
}

void clock_add_compact(struct text *text, uint64_t realtime_seconds) {
  add_date(text, realtime_seconds, "");
  text_add(text, "-");
  add_time(text, realtime_seconds, "");
}
