package io.winnow.weights.hub;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.winnow.config.OrNull;
import io.winnow.files.FileFailure;
import io.winnow.files.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Every pre-trained file that Winnow can use, with what its publisher says about it. */
public final class WeightCatalogue {
  private static final String RESOURCE = "weights.json";
  private static final int WHOLE_HASH = 64;

  /**
   * One file.
   *
   * @param name under which commands know it
   * @param encoders that read it
   * @param purpose what it is for, in words
   * @param fileName its usual name
   * @param bytes its size; null where no exact figure is known
   * @param sha256 64 hexadecimal digits, or only the first ones where the published file name
   *     carries no more, or empty where nothing is published
   * @param licence as published with it
   * @param url where its publisher offers it
   */
  public record Entry(
      String name,
      List<String> encoders,
      String purpose,
      String fileName,
      @OrNull Long bytes,
      String sha256,
      String licence,
      String url) {
    public Entry {
      encoders = List.copyOf(encoders);
    }

    /** What a hash of this file has to be, in words. */
    public String expectation() {
      if (sha256.isEmpty()) {
        return "no hash is published";
      }
      return sha256.length() == WHOLE_HASH
          ? "SHA-256 " + sha256
          : "SHA-256 beginning with " + sha256 + " (as its name says; the rest is not published)";
    }
  }

  /** How far a file can be trusted to be the published one. */
  public enum Verdict {
    /** The whole hash is published and equal. */
    VERIFIED,
    /** The published first digits of the hash are equal. */
    BEGINNING_VERIFIED,
    /** Nothing is published to compare with. */
    NOTHING_PUBLISHED,
    /** Size or hash differ: cut short, damaged or another file. */
    DIFFERENT,
    /** There is no such file. */
    MISSING
  }

  /**
   * What became of a check.
   *
   * @param sha256 of the file; empty where it is missing
   * @param detail the verdict in a sentence
   */
  public record Check(Entry entry, Path file, Verdict verdict, String sha256, String detail) {
    /** Whether the file may be used. */
    public boolean usable() {
      return verdict != Verdict.DIFFERENT && verdict != Verdict.MISSING;
    }
  }

  private WeightCatalogue() {}

  /** All entries, in the order in which they are listed. */
  public static List<Entry> entries() {
    try (InputStream in = WeightCatalogue.class.getResourceAsStream(RESOURCE)) {
      return List.copyOf(new ObjectMapper().readValue(in, new TypeReference<List<Entry>>() {}));
    } catch (IOException e) {
      throw new UncheckedIOException(RESOURCE + ": could not be read", e);
    }
  }

  /**
   * The entry of that name.
   *
   * @throws IllegalArgumentException listing the names, when there is none
   */
  public static Entry named(String name) {
    List<Entry> entries = entries();
    return entries.stream()
        .filter(e -> e.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "weights: no entry named "
                        + name
                        + "; expected one of "
                        + String.join(", ", entries.stream().map(Entry::name).toList())));
  }

  /**
   * The entry of a published file, known by its hash, that is meant for other encoders. Some
   * networks differ in their preprocessing alone, so the tensors cannot tell.
   */
  public static Optional<Entry> meantForOthers(String sha256, String encoder) {
    return entries().stream()
        .filter(e -> !e.sha256().isEmpty() && sha256.startsWith(e.sha256()))
        .filter(e -> !e.encoders().contains(encoder))
        .findFirst();
  }

  /** Compares a file with what is published about it. */
  public static Check check(Entry entry, Path file) {
    if (!Files.isRegularFile(file)) {
      return new Check(entry, file, Verdict.MISSING, "", file + ": no such file");
    }
    String hash = Sha256.of(file);
    Verdict verdict = verdict(entry, size(file), hash);
    return new Check(entry, file, verdict, hash, detail(entry, file, verdict, hash));
  }

  private static Verdict verdict(Entry entry, long size, String hash) {
    if ((entry.bytes() != null && entry.bytes() != size) || !hash.startsWith(entry.sha256())) {
      return Verdict.DIFFERENT;
    }
    if (entry.sha256().isEmpty()) {
      return Verdict.NOTHING_PUBLISHED;
    }
    return entry.sha256().length() == WHOLE_HASH ? Verdict.VERIFIED : Verdict.BEGINNING_VERIFIED;
  }

  private static String detail(Entry entry, Path file, Verdict verdict, String hash) {
    return switch (verdict) {
      case VERIFIED -> file + ": is the published file";
      case BEGINNING_VERIFIED ->
          file + ": has SHA-256 " + hash + ", whose beginning is the published " + entry.sha256();
      case NOTHING_PUBLISHED ->
          file + ": has SHA-256 " + hash + "; nothing is published to compare it with";
      case DIFFERENT, MISSING ->
          "%s: %d bytes with SHA-256 %s; expected %s%s. Delete it and fetch it again."
              .formatted(
                  file,
                  size(file),
                  hash,
                  entry.bytes() == null ? "" : entry.bytes() + " bytes with ",
                  entry.expectation());
    };
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }
}
