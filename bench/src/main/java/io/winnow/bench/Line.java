package io.winnow.bench;

import com.sun.management.OperatingSystemMXBean;
import io.winnow.tensor.Compute;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** One measurement as one JSON line, in the form of the peers. */
final class Line {
  private final Map<String, String> fields = new LinkedHashMap<>();

  /**
   * Starts a line.
   *
   * @param items items of one step
   */
  Line(String name, int threads, int warmup, double[] seconds, long items) {
    double[] sorted = seconds.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    double median = sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    text("name", name).text("device", "cpu").text("dtype", "float64");
    number("threads", threads).number("batch", (double) items).number("warmup", warmup);
    number("steps", seconds.length).number("seconds_median_per_step", median);
    number("items_per_second", (double) items / median)
        .number("peak_rss_mb", peakResidentMegabytes());
    number("seconds_min_per_step", sorted[0]);
  }

  Line text(String name, String value) {
    fields.put(name, "\"" + value + "\"");
    return this;
  }

  Line number(String name, double value) {
    fields.put(
        name,
        value == Math.rint(value) && Math.abs(value) < 1e15
            ? Long.toString((long) value)
            : String.format(Locale.ROOT, "%.12g", value));
    return this;
  }

  void print() {
    System.out.println(
        fields.entrySet().stream()
            .map(field -> "\"" + field.getKey() + "\": " + field.getValue())
            .collect(Collectors.joining(", ", "{", "}")));
  }

  /**
   * So many threads for the engine and one for the BLAS, as runs have it: what the BLAS keeps ready
   * beside the engine's would spin on the other processors.
   */
  static void useThreads(int threads) {
    new Compute(Compute.plainCpu().device(), false, threads, false).apply();
  }

  /** Runs a step so many times and returns the seconds of the timed ones. */
  static double[] timed(int warmup, int steps, Runnable step) {
    return timed(warmup, steps, step, System::nanoTime);
  }

  /** Nanoseconds of processor time of this process: what a busy machine distorts least. */
  static long processorNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  /** As {@link #timed(int, int, Runnable)}, by another clock in nanoseconds. */
  static double[] timed(int warmup, int steps, Runnable step, LongSupplier clock) {
    double[] seconds = new double[steps];
    for (int k = 0; k < warmup + steps; k++) {
      long begin = clock.getAsLong();
      step.run();
      if (k >= warmup) {
        seconds[k - warmup] = (clock.getAsLong() - begin) / 1e9;
      }
    }
    return seconds;
  }

  /** Largest resident size of this process so far; NaN off Linux. */
  static double peakResidentMegabytes() {
    return status("VmHWM");
  }

  /** Resident size of this process now; NaN off Linux. */
  static double residentMegabytes() {
    return status("VmRSS");
  }

  private static double status(String field) {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith(field))
          .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
          .findFirst()
          .orElse(Double.NaN);
    } catch (IOException e) {
      return Double.NaN;
    }
  }
}
