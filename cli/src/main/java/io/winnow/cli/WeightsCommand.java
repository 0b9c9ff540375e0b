package io.winnow.cli;

import io.winnow.config.OrNull;
import io.winnow.files.FileFailure;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import io.winnow.tensor.Scope;
import io.winnow.weights.Checkpoint;
import io.winnow.weights.KnownNetworks;
import io.winnow.weights.hub.WeightCatalogue;
import io.winnow.weights.hub.WeightCatalogue.Check;
import io.winnow.weights.hub.WeightCatalogue.Entry;
import io.winnow.weights.hub.WeightFetch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Pre-trained files: which there are, whether a file is one of them, and fetching. */
@Command(
    name = "weights",
    mixinStandardHelpOptions = true,
    description = "Lists, checks and fetches the pre-trained files that encoders need.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      WeightsCommand.ListCommand.class,
      WeightsCommand.CheckCommand.class,
      WeightsCommand.FetchCommand.class
    })
final class WeightsCommand {
  private WeightsCommand() {}

  /** Every file with what its publisher says about it. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Every file that Winnow can use: purpose, size, SHA-256, licence, origin.")
  static final class ListCommand implements Callable<Integer> {
    private final Console console;

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    ListCommand(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      if (json) {
        console.out().print(Json.pretty(WeightCatalogue.entries()));
        return ExitCode.DONE;
      }
      for (Entry entry : WeightCatalogue.entries()) {
        line(entry.name(), entry.purpose());
        line("", entry.fileName() + (entry.bytes() == null ? "" : ", " + bytes(entry.bytes())));
        line("", entry.expectation());
        line("", entry.licence() + ", " + entry.url());
      }
      return ExitCode.DONE;
    }

    private void line(String name, String text) {
      console.out().printf("%-33s%s%n", name, text);
    }
  }

  /** Says what a file is. */
  @Command(
      name = "check",
      mixinStandardHelpOptions = true,
      description = "Says which network a file holds and whether it is the published one.")
  static final class CheckCommand implements Callable<Integer> {
    private static final String UNKNOWN =
        "has neither the hash nor the name of a published file; winnow weights list has all of"
            + " them, and --as NAME compares with one.";

    private final Console console;

    @Parameters(index = "0", paramLabel = "FILE", description = "A file of weights.")
    Path file;

    @Option(
        names = "--as",
        paramLabel = "NAME",
        description = "Entry of winnow weights list to compare with (default: found by the file).")
    String name;

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    CheckCommand(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      if (!Files.isRegularFile(file)) {
        throw new IllegalArgumentException(file + ": no such file; expected a file of weights.");
      }
      String hash = Sha256.of(file);
      Optional<Entry> entry = name == null ? entry(hash) : Optional.of(WeightCatalogue.named(name));
      Optional<Check> check = entry.map(e -> WeightCatalogue.check(e, file));
      Map<String, Object> facts = new LinkedHashMap<>();
      facts.put("file", file.toString());
      facts.put("bytes", size(file));
      facts.put("sha256", hash);
      facts.put("network", network());
      facts.put("entry", entry.map(Entry::name).orElse(null));
      facts.put("encoders", entry.map(Entry::encoders).orElse(List.of()));
      facts.put(
          "verdict",
          check
              .map(c -> c.verdict().name().toLowerCase(Locale.ROOT).replace('_', '-'))
              .orElse(null));
      facts.put("detail", check.map(Check::detail).orElse(file + ": " + UNKNOWN));
      print(facts);
      return check.isPresent() && !check.get().usable() ? ExitCode.CHECK_FAILED : ExitCode.DONE;
    }

    /** The entry of that hash, else of that file name, else none. */
    private Optional<Entry> entry(String hash) {
      List<Entry> entries = WeightCatalogue.entries();
      return entries.stream()
          .filter(e -> !e.sha256().isEmpty() && hash.startsWith(e.sha256()))
          .findFirst()
          .or(
              () ->
                  entries.stream()
                      .filter(e -> e.fileName().equals(file.getFileName().toString()))
                      .findFirst());
    }

    private @OrNull String network() {
      try (Scope scope = Scope.open()) {
        return KnownNetworks.guess(Checkpoint.read(file)).orElse(null);
      }
    }

    private void print(Map<String, Object> facts) {
      if (json) {
        console.out().print(Json.pretty(facts));
        return;
      }
      facts.forEach(
          (key, value) -> {
            if (value != null && !(value instanceof List<?> list && list.isEmpty())) {
              console.out().printf("%-9s %s%n", key, value);
            }
          });
    }
  }

  /** Fetches files, only because somebody said so. */
  @Command(
      name = "fetch",
      mixinStandardHelpOptions = true,
      description =
          "Fetches files into a folder, verified and resumable; https_proxy names a proxy.")
  static final class FetchCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(arity = "1..*", paramLabel = "NAME", description = "Names of winnow weights list.")
    List<String> names;

    @Option(names = "--to", required = true, paramLabel = "FOLDER", description = "Where to.")
    Path folder;

    FetchCommand(Console console) {
      this.console = console;
    }

    @Override
    public Integer call() {
      List<Entry> entries = names.stream().map(WeightCatalogue::named).toList();
      WeightFetch fetch = new WeightFetch(System.getenv());
      for (Entry entry : entries) {
        Check check = fetch.fetch(entry, folder, console.progress(), console.stop());
        console.out().println(check.detail());
      }
      return ExitCode.DONE;
    }
  }

  private static String bytes(long bytes) {
    return String.format(Locale.ROOT, "%,d bytes", bytes);
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }
}
