package io.winnow.evaluate;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.artifact.Features;
import io.winnow.config.OrNull;
import io.winnow.data.Dataset;
import io.winnow.encode.Encoder;
import io.winnow.files.ContentHash;
import io.winnow.tensor.Scope;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One side of an evaluation: images, features that were encoded before, or statistics. {@link
 * Sides#open} tells which of them a path holds.
 */
public sealed interface Side extends AutoCloseable {
  /** Names it in messages. */
  String name();

  /** Class names; empty where there are none or where they are not known. */
  List<String> classes();

  /** Identifies the content: the images', the features' files', or the statistics file's. */
  String hash();

  /** Everything that is known, for the circumstances. */
  Facts facts();

  /** Images that metrics of every image can look at; empty where there are none. */
  default Optional<ImageSide> images() {
    return Optional.empty();
  }

  /** What made the features or the statistics; empty where there are none or they do not say. */
  default Optional<EncoderIdentity> encoder() {
    return Optional.empty();
  }

  @Override
  void close();

  /**
   * What is known of a side.
   *
   * @param source path and the part taken
   * @param kind what it is, in a word or two
   * @param n images; 0 where a statistics file does not say
   * @param pixels sizes of the images; null where they are not known
   * @param sha256 identifies the content
   * @param notes what was done to the images
   */
  record Facts(
      String source,
      String kind,
      long n,
      @OrNull String pixels,
      List<String> classes,
      String sha256,
      List<String> notes) {
    public Facts {
      classes = List.copyOf(classes);
      notes = List.copyOf(notes);
    }
  }

  /** Images, which are encoded where a metric wants their features. */
  final class ImageSide implements Side {
    private final String name;
    private final Dataset dataset;
    private final String hash;
    private final @OrNull ImageSet set;
    private final @OrNull Function<Encoder, Path> features;

    private ImageSide(
        String name,
        Dataset dataset,
        String hash,
        @OrNull ImageSet set,
        @OrNull Function<Encoder, Path> features) {
      this.name = name;
      this.dataset = dataset;
      this.hash = hash;
      this.set = set;
      this.features = features;
    }

    /** Images of a path, which are closed with this. */
    static ImageSide of(Path path, ImageSet set) {
      return new ImageSide(path.toString(), set.images(), set.hash(), set, null);
    }

    /**
     * Images of a run, which whoever opened them closes.
     *
     * @param hash identifies the images
     * @param features where the features of an encoder are kept
     */
    public static ImageSide of(Dataset images, String hash, Function<Encoder, Path> features) {
      return new ImageSide(images.name(), images, hash, null, features);
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public List<String> classes() {
      return dataset.classes();
    }

    @Override
    public String hash() {
      return hash;
    }

    @Override
    public Facts facts() {
      return new Facts(
          set == null ? name : set.name(),
          "images",
          dataset.size(),
          set == null ? null : set.pixels(),
          classes(),
          hash,
          set == null ? List.of() : set.notes());
    }

    @Override
    public Optional<ImageSide> images() {
      return Optional.of(this);
    }

    Dataset dataset() {
      return dataset;
    }

    /**
     * Where the features of an encoder are kept.
     *
     * @param work folder of those that have no place of their own
     */
    Path features(Encoder encoder, Path work) {
      if (features != null) {
        return features.apply(encoder);
      }
      String folder = hash.substring(0, 16) + "-" + encoder.identity().hash();
      return work.resolve("features").resolve(folder.substring(0, 33));
    }

    /** What to say of images that an encoder gets larger than they are, where that is known. */
    Optional<String> enlargedBy(Encoder encoder) {
      return set == null ? Optional.empty() : set.enlargedBy(encoder);
    }

    /** How many images another side has too, byte by byte; 0 where that is not known. */
    int copiesIn(ImageSide other) {
      return set == null || other.set == null ? 0 : set.copiesIn(other.set);
    }

    @Override
    public void close() {
      if (set != null) {
        set.close();
      }
    }
  }

  /** Features that were encoded before. */
  final class FeatureSide implements Side {
    private final Path path;
    private final Features features;
    private @OrNull String hash;

    FeatureSide(Path path, Features features) {
      this.path = path;
      this.features = features;
    }

    @Override
    public String name() {
      return path.toString();
    }

    @Override
    public List<String> classes() {
      return features.classes();
    }

    @Override
    public String hash() {
      if (hash == null) {
        hash = ContentHash.of(path);
      }
      return hash;
    }

    @Override
    public Facts facts() {
      return new Facts(name(), "features", features.rows(), null, classes(), hash(), List.of());
    }

    @Override
    public Optional<EncoderIdentity> encoder() {
      return Optional.of(features.encoder()).filter(EncoderIdentity::stated);
    }

    Features features() {
      return features;
    }

    /** Whether it is not known of which encoder they are. */
    boolean bare() {
      return !features.encoder().stated();
    }

    @Override
    public void close() {
      features.close();
    }
  }

  /** Statistics, alone or beside images as in an ADM reference batch. */
  final class StatisticsSide implements Side {
    private final Path path;
    private final StatisticsFile statistics;
    private final @OrNull ImageSide beside;
    private @OrNull String hash;

    StatisticsSide(Path path, StatisticsFile statistics, @OrNull ImageSide beside) {
      this.path = path;
      this.statistics = statistics;
      this.beside = beside;
    }

    @Override
    public String name() {
      return path.toString();
    }

    @Override
    public List<String> classes() {
      return beside == null ? List.of() : beside.classes();
    }

    @Override
    public String hash() {
      if (hash == null) {
        hash = statistics.sha256();
      }
      return hash;
    }

    @Override
    public Facts facts() {
      Facts images = beside == null ? null : beside.facts();
      return new Facts(
          images == null ? name() : images.source(),
          images == null ? "statistics" : "statistics and images",
          count(),
          images == null ? null : images.pixels(),
          classes(),
          hash(),
          images == null ? List.of() : images.notes());
    }

    private long count() {
      try (Scope scope = Scope.open()) {
        return statistics.read("").count();
      }
    }

    @Override
    public Optional<ImageSide> images() {
      return Optional.ofNullable(beside);
    }

    @Override
    public Optional<EncoderIdentity> encoder() {
      return statistics.encoder();
    }

    StatisticsFile statistics() {
      return statistics;
    }

    @Override
    public void close() {
      if (beside != null) {
        beside.close();
      }
    }
  }
}
