package io.winnow.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Records as JSON files. Record components keep their order, entries of maps are sorted by key, and
 * doubles are written so that they are read back bit for bit; NaN and the infinities are strings.
 */
public final class Json {
  private static final long MAX_FILE_BYTES = 1L << 30;
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(100)
                          .maxDocumentLength(MAX_FILE_BYTES)
                          .build())
                  .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final ObjectWriter PRETTY =
      MAPPER.writer(new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n")));

  private Json() {}

  /**
   * Reads a file that {@link #write} wrote.
   *
   * @throws IllegalArgumentException when the content does not fit the type, with line and column
   * @throws UncheckedIOException when the file is not there or cannot be read
   */
  public static <T> T read(Path file, Class<T> type) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      try {
        return MAPPER.readValue(bytes, type);
      } catch (JsonProcessingException e) {
        throw new IllegalArgumentException(
            file
                + where(e)
                + ": "
                + e.getOriginalMessage()
                + "; expected "
                + article(type)
                + ". Was the file changed, or written by another version?",
            e);
      }
    } catch (NoSuchFileException e) {
      throw new UncheckedIOException(file + ": no such file", e);
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  /** Writes an indented file, atomically. */
  public static void write(Path file, Object value) {
    byte[] bytes = pretty(value).getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(file, out -> out.write(bytes));
  }

  /** One line of JSON, for hashing, JSON lines and machine-readable output. */
  public static String string(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(value.getClass() + ": cannot be written as JSON", e);
    }
  }

  /** Indented JSON with a newline at the end: the content of the file that {@link #write} makes. */
  public static String pretty(Object value) {
    try {
      return PRETTY.writeValueAsString(value) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(value.getClass() + ": cannot be written as JSON", e);
    }
  }

  /** Parses one line of JSON; the exception says what is wrong, the caller knows the place. */
  public static <T> T parse(String line, Class<T> type) {
    try {
      return MAPPER.readValue(line, type);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e.getOriginalMessage(), e);
    }
  }

  private static String where(JsonProcessingException e) {
    return e.getLocation() == null || e.getLocation().getLineNr() < 1
        ? ""
        : ":" + e.getLocation().getLineNr();
  }

  private static String article(Class<?> type) {
    return "the fields of " + type.getSimpleName();
  }
}
