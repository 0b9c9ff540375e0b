package io.winnow.evaluate;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.eval.FrechetStatistics;
import io.winnow.files.Json;
import io.winnow.files.Sha256;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Npz;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Mean and covariance of a set in a file, as pytorch-fid writes them or as an ADM reference batch
 * has them beside its images. Files of Winnow also say which encoder made them, in an array that
 * other readers pass over.
 */
final class StatisticsFile {
  private static final String ENCODER = "encoder";
  private static final String SPATIAL_ENCODER = "encoder_s";

  private final Path file;
  private final boolean spatial;
  private final Optional<EncoderIdentity> encoder;
  private final Optional<EncoderIdentity> spatialEncoder;

  private StatisticsFile(
      Path file,
      boolean spatial,
      Optional<EncoderIdentity> encoder,
      Optional<EncoderIdentity> spatialEncoder) {
    this.file = file;
    this.spatial = spatial;
    this.encoder = encoder;
    this.spatialEncoder = spatialEncoder;
  }

  /** Statistics of a set in the features of one encoder. */
  record Part(FrechetStatistics statistics, EncoderIdentity encoder) {}

  /** What an archive holds of this kind; empty where it has no statistics. */
  static Optional<StatisticsFile> in(Path file) {
    try (Npz arrays = Npz.open(file);
        Scope scope = Scope.open()) {
      if (!arrays.has("mu")) {
        return Optional.empty();
      }
      return Optional.of(
          new StatisticsFile(
              file,
              arrays.has("mu_s"),
              identity(file, arrays, ENCODER),
              identity(file, arrays, SPATIAL_ENCODER)));
    }
  }

  private static Optional<EncoderIdentity> identity(Path file, Npz arrays, String name) {
    if (!arrays.has(name)) {
      return Optional.empty();
    }
    String json = new String(Tensors.bytes(arrays.tensor(name)), StandardCharsets.UTF_8);
    try {
      return Optional.of(Json.parse(json, EncoderIdentity.class));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + " " + name + ": " + e.getMessage(), e);
    }
  }

  /**
   * Writes statistics with the identity, where it is known, of what made them; atomically.
   *
   * @param spatial for sFID, as ADM reference batches have them
   */
  static void write(Path file, Part pooled, Optional<Part> spatial) {
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    try (Scope scope = Scope.open()) {
      put(arrays, pooled, "mu", "sigma", ENCODER);
      spatial.ifPresent(part -> put(arrays, part, "mu_s", "sigma_s", SPATIAL_ENCODER));
      long count = pooled.statistics().count();
      if (count > 0) {
        arrays.put("n", Tensors.of(new long[] {count}, 1));
      }
      Npz.write(file, arrays);
    }
  }

  private static void put(
      Map<String, Tensor> arrays, Part part, String mean, String covariance, String encoder) {
    arrays.put(mean, part.statistics().mean());
    arrays.put(covariance, part.statistics().covariance());
    if (part.encoder().stated()) {
      byte[] json = Json.string(part.encoder()).getBytes(StandardCharsets.UTF_8);
      arrays.put(encoder, Tensor.create(json, json.length).to(ScalarType.Byte));
    }
  }

  /**
   * Reads the statistics, in the caller's scope.
   *
   * @param encoderName of {@code sfid-...} asks for the spatial ones
   */
  FrechetStatistics read(String encoderName) {
    if (!spatial(encoderName)) {
      return FrechetStatistics.read(file);
    }
    if (!spatial) {
      throw new IllegalArgumentException(
          file
              + ": has no mu_s and sigma_s; expected spatial statistics, for sfid. Ask for fid, or"
              + " give images.");
    }
    return FrechetStatistics.readSpatial(file);
  }

  /**
   * Reads the statistics for a comparison with what an encoder made, in the caller's scope.
   *
   * @param warn told where the file does not say what made it
   * @throws IllegalArgumentException for statistics of another encoder or dimension
   */
  FrechetStatistics read(String encoderName, EncoderIdentity other, Consumer<String> warn) {
    FrechetStatistics statistics = read(encoderName);
    if (statistics.dimension() != other.dimension()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: statistics of %d features; expected %d, those of %s. Name the encoder that made"
                  + " the statistics.",
              file,
              statistics.dimension(),
              other.dimension(),
              other.describe()));
    }
    Optional<EncoderIdentity> maker = encoder(encoderName);
    if (maker.isEmpty()) {
      warn.accept(
          file
              + ": does not say which encoder and which resize made its statistics; the distance"
              + " means something only if "
              + (other.stated()
                  ? "it was " + other.describe() + "."
                  : "the other side's were made by the same."));
    } else if (!maker.get().hash().equals(other.hash())) {
      throw new IllegalArgumentException(
          file
              + ": made by "
              + maker.get().describe()
              + "; expected "
              + other.describe()
              + ", as the other side. Encode both by one encoder.");
    }
    return statistics;
  }

  private static boolean spatial(String encoderName) {
    return encoderName.startsWith("sfid-");
  }

  /** What made the pooled statistics; empty where the file does not say. */
  Optional<EncoderIdentity> encoder() {
    return encoder;
  }

  /** What made the statistics that {@link #read(String)} gives. */
  Optional<EncoderIdentity> encoder(String encoderName) {
    return spatial(encoderName) ? spatialEncoder : encoder;
  }

  String sha256() {
    return Sha256.of(file);
  }
}
