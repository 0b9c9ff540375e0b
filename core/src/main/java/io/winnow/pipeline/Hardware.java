package io.winnow.pipeline;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** The machine, in words, for the run's record. */
final class Hardware {
  private Hardware() {}

  /**
   * @param accelerator what computes, for example {@code "cpu"}
   */
  static Map<String, String> describe(String accelerator) {
    Map<String, String> facts = new TreeMap<>();
    facts.put("processor", processor());
    facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put("memory", memory());
    facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    facts.put("device", accelerator);
    return facts;
  }

  static Map<String, String> versions() {
    return new TreeMap<>(
        Map.of(
            "winnow", Versions.winnow(),
            "engine", Versions.engine(),
            "java", Runtime.version().toString()));
  }

  private static String processor() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }

  private static String memory() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? (system.getTotalMemorySize() >> 20) + " MiB"
        : "unknown";
  }
}
