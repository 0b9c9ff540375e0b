package io.winnow.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.winnow.files.FileFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Captions of images by their ids: from a text file beside each, or from one file for all as
 * Hugging Face's image folders have it, {@code metadata.jsonl} or {@code metadata.csv} with {@code
 * file_name}, relative to the file where it lies in the data set, and {@code text}.
 */
final class Captions {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FILE_NAME = "file_name";
  private static final String TEXT = "text";

  private final String where;
  private final String base; // of the file names, "" or ending in '/'
  private final Set<String> ids;
  private final Map<String, String> captions = new HashMap<>();
  private String stranger; // a file name that is none of the images

  private Captions(String where, String base, List<String> ids) {
    this.where = where;
    this.base = base;
    this.ids = new HashSet<>(ids);
  }

  /** Captions by id; images without one, or with an empty one, are not in it. */
  static Map<String, String> read(String source, DatasetConfig dataset, List<String> ids) {
    if (dataset.path() == null) {
      throw new IllegalArgumentException(
          "prompts.captions: "
              + source
              + ", but the data set is generated and has no files; expected null.");
    }
    try (FileStore store = FileStores.open(Path.of(dataset.path()))) {
      if (source.equals(PromptsConfig.BESIDE)) {
        return beside(store, ids);
      }
      return listed(source, Path.of(dataset.path()), store, ids);
    }
  }

  private static Map<String, String> beside(FileStore store, List<String> ids) {
    Set<String> paths = new HashSet<>(store.paths());
    Map<String, String> captions = new HashMap<>();
    for (String id : ids) {
      String text = id.substring(0, id.lastIndexOf('.')) + ".txt";
      String caption = paths.contains(text) ? utf8(store.read(text)).strip() : "";
      if (!caption.isEmpty()) {
        captions.put(id, caption);
      }
    }
    return captions;
  }

  /** From a file that is looked for by its path first, then inside the data set. */
  private static Map<String, String> listed(
      String source, Path dataset, FileStore store, List<String> ids) {
    Path file = Path.of(source).toAbsolutePath().normalize();
    Path home = dataset.toAbsolutePath().normalize();
    String inside = file.startsWith(home) ? slashes(home.relativize(file)) : source;
    boolean stored = store.paths().contains(inside);
    if (!stored && !Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "prompts.captions: no file %s, here or in %s; expected a .jsonl or .csv with file_name and text."
              .formatted(source, dataset));
    }
    String base = stored ? inside.substring(0, inside.lastIndexOf('/') + 1) : "";
    Captions captions = new Captions(source, base, ids);
    String text = utf8(stored ? store.read(inside) : bytes(file));
    if (source.endsWith(".csv")) {
      captions.csv(text);
    } else {
      captions.jsonLines(text);
    }
    return captions.found();
  }

  private Map<String, String> found() {
    if (captions.isEmpty() && stranger != null) {
      throw new IllegalArgumentException(
          "prompts.captions: %s names no image of the data set (%s, for example); expected file names such as %s, relative to %s."
              .formatted(
                  where,
                  stranger,
                  ids.stream().sorted().findFirst().orElse(""),
                  base.isEmpty() ? "the data set" : base));
    }
    return captions;
  }

  private void jsonLines(String text) {
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        JsonNode line = json(lines.get(i), i + 1);
        put(line.path(FILE_NAME).asText(""), line.path(TEXT).asText(""), i + 1);
      }
    }
  }

  private JsonNode json(String line, int number) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "%s:%d: not JSON (%s); expected {\"file_name\": ..., \"text\": ...}."
              .formatted(where, number, e.getOriginalMessage()),
          e);
    }
  }

  private void csv(String text) {
    List<CsvRecords.Row> rows = CsvRecords.of(text);
    List<String> head = rows.isEmpty() ? List.of() : rows.get(0).cells();
    int name = head.indexOf(FILE_NAME);
    int caption = head.indexOf(TEXT);
    if (name < 0 || caption < 0) {
      throw new IllegalArgumentException(
          where + ": the first line is " + head + "; expected columns file_name and text.");
    }
    for (CsvRecords.Row row : rows.subList(1, rows.size())) {
      boolean whole = row.cells().size() == head.size();
      put(whole ? row.cells().get(name) : "", whole ? row.cells().get(caption) : "", row.line());
    }
  }

  private void put(String name, String caption, int line) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException(
          "%s:%d: no file_name; expected a file name and a text.".formatted(where, line));
    }
    String id = base + name;
    if (!ids.contains(id)) {
      stranger = name;
    } else if (!caption.isBlank()) {
      captions.put(id, caption.strip());
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  private static String utf8(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  private static String slashes(Path path) {
    return path.toString().replace('\\', '/');
  }
}
