package io.winnow.artifact;

import io.winnow.config.OrNull;
import io.winnow.files.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Which samples are kept and which are dropped, both named, each with its score: the manifest of a
 * pruning step. {@code CoresetFiles} reads and writes it.
 *
 * @param selection how it came about
 * @param entries one per sample, in the order of the data set
 */
public record Coreset(Selection selection, List<Entry> entries) {
  public Coreset {
    entries = List.copyOf(entries);
  }

  /**
   * How a coreset came about.
   *
   * @param method name of the preset, for example {@code moderate}
   * @param options every option of the method that is not in the name
   * @param ratio share of the samples that was asked for, in (0, 1]
   * @param encoderHash {@link EncoderIdentity#hash} of the features, null when no features were
   *     used
   * @param datasetHash hash of the inventory that the entries come from
   * @param keptByClass class name to the number of kept samples
   * @param cutoffs score limits by group, where the rule has any
   * @param notes what the user should know, such as fallbacks in small classes
   */
  public record Selection(
      String method,
      Map<String, Object> options,
      double ratio,
      long seed,
      @OrNull String encoderHash,
      String datasetHash,
      Map<String, Integer> keptByClass,
      Map<String, List<Double>> cutoffs,
      List<String> notes) {
    public Selection {
      notes = List.copyOf(notes);
    }
  }

  /**
   * One sample.
   *
   * @param id its path inside the data set
   * @param path where the file lies; the id again when the data set is an archive
   * @param sha256 hash of the sample's bytes
   * @param score NaN when the method gives none
   * @param reason why it is kept or dropped, in a few words
   * @param weight its class's loss weight, 1 before reweighting
   */
  public record Entry(
      String id,
      String path,
      String sha256,
      int label,
      String className,
      double score,
      boolean kept,
      String reason,
      double weight) {}

  /** Positions of the kept samples, ascending. */
  public int[] kept() {
    return positions(Entry::kept);
  }

  /** Positions of the dropped samples, ascending. */
  public int[] dropped() {
    return positions(entry -> !entry.kept());
  }

  /** Scores of all samples, [N]; NaN for none. */
  public double[] scores() {
    return entries.stream().mapToDouble(Entry::score).toArray();
  }

  private int[] positions(Predicate<Entry> wanted) {
    int[] found = new int[entries.size()];
    int count = 0;
    for (int i = 0; i < found.length; i++) {
      if (wanted.test(entries.get(i))) {
        found[count++] = i;
      }
    }
    return java.util.Arrays.copyOf(found, count);
  }

  /** SHA-256 of the ids and hashes of all samples and of which are kept; scores are left out. */
  public String hash() {
    MessageDigest digest = Sha256.digest();
    for (Entry entry : entries) {
      String line = entry.id() + '\n' + entry.sha256() + (entry.kept() ? "\n1\n" : "\n0\n");
      digest.update(line.getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
