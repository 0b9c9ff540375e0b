package io.winnow.cli;

import io.winnow.task.Progress;
import java.io.PrintWriter;
import java.util.function.BooleanSupplier;

/**
 * Where a command writes and what it watches.
 *
 * @param out results: text for people, or JSON
 * @param err progress, warnings and mistakes
 * @param progress what the work reports to
 * @param stop true when the process was asked to stop
 */
record Console(PrintWriter out, PrintWriter err, Progress progress, BooleanSupplier stop) {}
