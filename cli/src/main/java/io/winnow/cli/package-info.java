/**
 * The command line: commands, progress, messages, exit codes. The only room that prints and exits.
 * May import: every room.
 */
package io.winnow.cli;
