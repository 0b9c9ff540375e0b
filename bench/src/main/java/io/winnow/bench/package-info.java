/**
 * Side-by-side measurements: each program does the work of a named peer on the same numbers and
 * prints one JSON line in the peer's form. Run by hand, never as a test.
 */
package io.winnow.bench;
