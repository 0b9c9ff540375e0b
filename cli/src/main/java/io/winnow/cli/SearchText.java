package io.winnow.cli;

import io.winnow.compare.Comparison;
import io.winnow.compare.LogRatio;
import io.winnow.compare.Verdict;
import io.winnow.sweep.SearchResult;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a search found, as text for people. */
final class SearchText {
  private final SearchResult found;
  private final PrintWriter out;

  private SearchText(SearchResult found, PrintWriter out) {
    this.found = found;
    this.out = out;
  }

  static void print(SearchResult found, PrintWriter out) {
    new SearchText(found, out).print();
  }

  private void print() {
    out.printf(
        "%s: search, %s of %s spent%n",
        found.name(),
        ProgressDisplay.clock(found.spentSeconds()),
        ProgressDisplay.clock(found.budgetSeconds()));
    for (SearchResult.RungResult rung : found.rungs()) {
      out.println();
      out.printf(
          Locale.ROOT,
          "%,d updates, %s %s; distance over that of the best%n",
          rung.updates(),
          rung.seeds().size() == 1 ? "seed" : "seeds",
          rung.seeds().stream().map(String::valueOf).collect(Collectors.joining(" ")));
      rung.places()
          .forEach(place -> out.printf(Locale.ROOT, "  %-28s %8.4f%n", place.arm(), place.ratio()));
      rung.failed().forEach(failure -> out.println("  failed: " + failure));
    }
    out.println();
    out.println(found.verdict() == null ? open() : verdict(found.verdict()));
  }

  private String open() {
    String ahead =
        found.best() == null
            ? ""
            : found.runnerUp() == null
                ? " " + found.best() + " is left."
                : " Ahead at the end: " + found.best() + ", then " + found.runnerUp() + ".";
    return "cannot tell: " + found.ended() + "." + ahead;
  }

  private String verdict(Comparison verdict) {
    LogRatio.Interval interval = verdict.interval();
    boolean told = verdict.verdict() == Verdict.BETTER;
    String numbers =
        String.format(
            Locale.ROOT,
            "%s over %s: ratio of %s %.4f, %.0f %% interval %.4f to %.4f",
            found.best(),
            found.runnerUp(),
            verdict.metric(),
            verdict.ratio(),
            100 * (1 - verdict.errorRate()),
            interval.low(),
            interval.high());
    return (told ? "best: " : "cannot tell: ")
        + numbers
        + (told ? "" : ", which holds 1")
        + System.lineSeparator()
        + "It holds for these two at this length. The others left by one seed of shorter runs.";
  }
}
