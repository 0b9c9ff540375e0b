package io.winnow.tensor;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.bytedeco.javacpp.Pointer;

/**
 * Memory of this process and of the machine. Linux says both; elsewhere the peak is what the
 * process has now, and what is available is what is free.
 */
final class HostMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");
  private static final Path MACHINE = Path.of("/proc/meminfo");
  private static final Path LIMIT = Path.of("/sys/fs/cgroup/memory.max");
  private static final String FORGET_PEAK = "5"; // proc(5): resets VmHWM

  private HostMemory() {}

  /** Begins a new peak with what the process has now. */
  static void resetPeak() {
    try {
      Files.writeString(CLEAR, FORGET_PEAK);
    } catch (IOException | RuntimeException e) {
      return; // not Linux, or not allowed: the peak is the one since the start
    }
  }

  /** Most bytes of the process in memory at once, heap and native, since {@link #resetPeak}. */
  static long peakBytes() {
    return kilobytes(STATUS, "VmHWM:").orElse(Pointer.physicalBytes() >> 10) << 10;
  }

  /** Bytes that this process could have at most: those that it has, and those available. */
  static long availableBytes() {
    long own = kilobytes(STATUS, "VmRSS:").orElse(Pointer.physicalBytes() >> 10) << 10;
    OptionalLong free = kilobytes(MACHINE, "MemAvailable:");
    long machine = own + (free.isPresent() ? free.getAsLong() << 10 : freeOfSystem());
    return Math.min(machine, limit());
  }

  private static long freeOfSystem() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getFreeMemorySize()
        : 0;
  }

  /** Of the container. */
  private static long limit() {
    try {
      String text = Files.readString(LIMIT).strip();
      return text.equals("max") ? Long.MAX_VALUE : Long.parseLong(text);
    } catch (IOException | RuntimeException e) {
      return Long.MAX_VALUE; // none, or none that is known
    }
  }

  /** The number in a line such as {@code VmHWM: 123 kB}. */
  private static OptionalLong kilobytes(Path file, String name) {
    try {
      return Files.readAllLines(file).stream()
          .filter(line -> line.startsWith(name))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst();
    } catch (IOException | RuntimeException e) {
      return OptionalLong.empty();
    }
  }
}
