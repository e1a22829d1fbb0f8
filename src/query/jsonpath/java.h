// java.h: how Java prints and compares what JSON holds. AWS's service is written in Java, and it
// shows.
//
// Purpose   The text that String.valueOf gives for a value, String.compareTo, String.trim, and
//           BigDecimal's order.
// Owns      Nothing; texts are made in the arena or borrowed from the value.
// Threads   Pure functions.

#ifndef STEPWELL_QUERY_JSONPATH_JAVA_H
#define STEPWELL_QUERY_JSONPATH_JAVA_H

#include "stepwell/json.h"

// null, true, 5, 1.5, 1.0E10, text as it is, [1, a], {key=1}.
sw_str sw_java_text(sw_arena *arena, sw_value v);
// Less than, equal to or greater than 0, by UTF-16 code units.
int    sw_java_compare(sw_str a, sw_str b);
sw_str sw_java_trim(sw_str text);
// Bytes up to the first that cannot be in a string: UTF-8, and lone surrogates, which Java has too.
size_t sw_java_valid_bytes(sw_str text);
// Whether new BigDecimal(text) takes it.
bool sw_java_is_decimal(sw_str text);
// Compares two decimal texts (as sw_java_is_decimal takes them) by value, exactly.
int sw_java_compare_decimals(sw_str a, sw_str b);

#endif
