/**
 * Strict YAML (version 1.2) to records: every problem of a file is reported at once, with its line,
 * its path and what would be right.
 *
 * <p>Configuration records live beside what they configure; this room only parses. May import:
 * {@code files}.
 */
package io.winnow.config;
