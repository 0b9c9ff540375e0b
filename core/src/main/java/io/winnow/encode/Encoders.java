package io.winnow.encode;

import io.winnow.artifact.EncoderIdentity;
import io.winnow.config.OrNull;
import io.winnow.data.Preprocess;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.model.ImageClassifier;
import io.winnow.model.ModelFolder;
import io.winnow.model.clip.ModifiedResNet;
import io.winnow.model.clip.VisionTransformer;
import io.winnow.model.dinov2.DinoV2;
import io.winnow.model.inception.FidInception;
import io.winnow.model.inception.InceptionV3;
import io.winnow.model.resnet.AkamasterResNet;
import io.winnow.model.resnet.CifarResNet18;
import io.winnow.model.resnet.TorchvisionResNet;
import io.winnow.model.resnet.TorchvisionResNet.Depth;
import io.winnow.model.unet.UNet2d;
import io.winnow.weights.KnownNetworks;
import io.winnow.weights.StateDict;
import io.winnow.weights.hub.WeightCatalogue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;

/** Opens encoders by name: network, weights and preprocessing that belong together. */
public final class Encoders {
  private static final int SMALL_SIDE = 32;
  private static final List<String> CIFAR10 =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  private final EncodeConfig config;
  private final WeightsSource source;
  private final Device device;
  private final long seed;
  private Map<String, Tensor> loaded = Map.of();
  private @OrNull String sha256;

  private Encoders(EncodeConfig config, WeightsSource source, Device device, long seed) {
    this.config = config;
    this.source = source;
    this.device = device;
    this.seed = seed;
  }

  /**
   * Opens an encoder.
   *
   * @param trained folder of {@link ClassifierTraining}, for {@code weights: train}; else null
   * @param device where the network runs
   * @param seed of the noise that {@code ddae} adds to image i; of no meaning elsewhere
   * @throws IllegalArgumentException when the weights are those of another network
   * @throws java.io.UncheckedIOException naming the file, when it cannot be read
   */
  public static Encoder open(EncodeConfig config, @OrNull Path trained, Device device, long seed) {
    if (config.trains() && (trained == null || !ClassifierRecord.isFinished(trained))) {
      throw new IllegalArgumentException(
          "encoder %s: no trained classifier%s; expected one for weights: train. Train it first."
              .formatted(config.encoder(), trained == null ? "" : " in " + trained));
    }
    Path weights = config.trains() ? trained : Path.of(config.weights());
    return new Encoders(config, WeightsSource.of(weights), device, seed).open();
  }

  /** Networks are built outside of scopes, so the file's tensors are freed by hand. */
  private Encoder open() {
    try {
      return byName();
    } finally {
      loaded.values().forEach(Tensor::close);
    }
  }

  private Map<String, Tensor> read() {
    requireMeantForIt();
    loaded = source.read();
    return loaded;
  }

  private void requireMeantForIt() {
    WeightCatalogue.meantForOthers(sha256(), config.encoder())
        .ifPresent(
            entry ->
                source.require(
                    false,
                    "is %s, published for encoder %s; expected a file for %s. See winnow weights list."
                        .formatted(
                            entry.fileName(),
                            String.join(", ", entry.encoders()),
                            config.encoder())));
  }

  /** Reading a large file twice would take as long as loading it. */
  private String sha256() {
    if (sha256 == null) {
      sha256 = source.sha256();
    }
    return sha256;
  }

  private Encoder byName() {
    return switch (config.encoder()) {
      case EncoderNames.RESNET18_CIFAR -> cifarResNet18();
      case EncoderNames.RESNET20_CIFAR -> akamaster(20);
      case EncoderNames.RESNET32_CIFAR -> akamaster(32);
      case EncoderNames.RESNET44_CIFAR -> akamaster(44);
      case EncoderNames.RESNET56_CIFAR -> akamaster(56);
      case EncoderNames.RESNET110_CIFAR -> akamaster(110);
      case EncoderNames.RESNET18 -> torchvision(Depth.RESNET_18, "tv_resnet_v1");
      case EncoderNames.RESNET50 -> torchvision(Depth.RESNET_50, "tv_resnet_v1");
      case EncoderNames.RESNET50_V2 -> torchvision(Depth.RESNET_50, "tv_resnet50_v2");
      case EncoderNames.INCEPTION_V3 ->
          inception("tv_inception_v3", InceptionV3.Input.IMAGENET_NORMALISED);
      case EncoderNames.INCEPTION_V3_NO_TRANSFORM_INPUT ->
          inception("tv_inception_v3", InceptionV3.Input.AS_GIVEN);
      case EncoderNames.INCEPTION_V3_INSTANCE_SELECTION ->
          inception("instance_selection_299", InceptionV3.Input.IMAGENET_NORMALISED);
      case EncoderNames.FID_INCEPTION -> fid("pytorch_fid_299", FidEncoder.Output.POOL);
      case EncoderNames.FID_INCEPTION_TENSORFLOW ->
          fid("torch_fidelity_299", FidEncoder.Output.POOL);
      case EncoderNames.FID_INCEPTION_CLEAN -> fid("clean_fid_299", FidEncoder.Output.POOL);
      case EncoderNames.SFID_INCEPTION_TENSORFLOW ->
          fid("torch_fidelity_299", FidEncoder.Output.SPATIAL);
      case EncoderNames.CLIP_RN50 -> clipResNet();
      case EncoderNames.CLIP_VIT_L14_336 -> clipTransformer();
      case EncoderNames.DINOV2_S -> dinov2(384);
      case EncoderNames.DINOV2_B -> dinov2(768);
      case EncoderNames.DINOV2_L -> dinov2(1024);
      case EncoderNames.DINOV2_G -> dinov2(1536);
      case EncoderNames.DDAE -> ddae();
      default ->
          throw new IllegalArgumentException(
              "encoder: %s is unknown; expected one of %s"
                  .formatted(config.encoder(), String.join(", ", EncoderNames.ALL)));
    };
  }

  private Encoder cifarResNet18() {
    Map<String, Tensor> state = CifarResNet18.canonicalNames(read());
    source.requireKeys(state, "conv1.weight", "fc.weight");
    CifarResNet18 network = CifarResNet18.like(state);
    load(network, state);
    Optional<ClassifierRecord> record = source.record();
    if (record.isEmpty() && config.normalization() == null) {
      throw new IllegalArgumentException(
          "encoder resnet18-cifar: %s has no %s beside it; expected the statistics its images were"
                  .formatted(source.file(), ClassifierRecord.RECORD)
              + " normalised with. Set encode.normalization to one of "
              + Normalization.names()
              + ".");
    }
    Normalization normalization =
        config.normalization() == null
            ? record.orElseThrow().normalization()
            : Normalization.of(config.normalization());
    SmallInput input =
        new SmallInput(record.map(ClassifierRecord::side).orElse(SMALL_SIDE), normalization);
    String architecture = "ResNet-18 for small images, global average";
    return classifier(
        network,
        identity(architecture, input.identity(), network.dimension()),
        input,
        record.map(ClassifierRecord::classes).orElse(List.of()));
  }

  private Encoder akamaster(int depth) {
    Map<String, Tensor> state = read();
    source.requireKeys(state, "conv1.weight", "linear.weight");
    int classCount = Math.toIntExact(state.get("linear.weight").size(0));
    AkamasterResNet network = new AkamasterResNet(depth, classCount);
    load(network, state);
    SmallInput input = new SmallInput(SMALL_SIDE, Normalization.IMAGENET);
    return classifier(
        network,
        identity("CIFAR ResNet-" + depth + ", global average", input.identity(), 64),
        input,
        classCount == CIFAR10.size() ? CIFAR10 : List.of());
  }

  private Encoder classifier(
      ImageClassifier network, EncoderIdentity identity, SmallInput input, List<String> classes) {
    NetworkEncoder.Place place = place(network);
    NetworkEncoder encoder =
        new NetworkEncoder(
            identity, input::apply, network::close, (x, i) -> network.features(x), place);
    return classes.isEmpty() ? encoder : new ClassifierEncoder(encoder, network, classes);
  }

  private Encoder torchvision(Depth depth, String pipeline) {
    Map<String, Tensor> state = read();
    source.requireKeys(state, "conv1.weight", "fc.weight");
    TorchvisionResNet network =
        new TorchvisionResNet(depth, Math.toIntExact(state.get("fc.weight").size(0)));
    load(network, state);
    String architecture = "torchvision %s, global average".formatted(depth);
    return pooled(network, architecture, Preprocess.named(pipeline));
  }

  private Encoder inception(String pipeline, InceptionV3.Input input) {
    Map<String, Tensor> state = read();
    source.requireKeys(state, "Mixed_7c.branch_pool.conv.weight", "fc.weight");
    source.require(
        state.get("fc.weight").size(0) != FidInception.CLASSES,
        "holds FID-Inception (1008 classes), but encoder %s needs torchvision's Inception-v3. Use"
                .formatted(config.encoder())
            + " encoder fid-inception, or inception_v3_google-0cc3c7bd.pth.");
    InceptionV3 network = new InceptionV3(Math.toIntExact(state.get("fc.weight").size(0)), input);
    load(network, state);
    String architecture =
        "torchvision Inception-v3 %s transform_input, global average"
            .formatted(input == InceptionV3.Input.IMAGENET_NORMALISED ? "with" : "without");
    return pooled(network, architecture, Preprocess.named(pipeline));
  }

  private Encoder pooled(ImageClassifier network, String architecture, Preprocess preprocess) {
    NetworkEncoder.Place place = place(network);
    return new NetworkEncoder(
        identity(architecture, preprocess.identity(), network.dimension()),
        preprocess::apply,
        network::close,
        (x, i) -> network.features(x),
        place);
  }

  private Encoder fid(String pipeline, FidEncoder.Output output) {
    Map<String, Tensor> state = read();
    source.requireKeys(state, "Mixed_7c.branch_pool.conv.weight", "fc.weight");
    source.require(
        state.get("fc.weight").size(0) == FidInception.CLASSES,
        "holds torchvision's Inception-v3 (%d classes), but encoder %s needs FID-Inception (1008"
                .formatted(state.get("fc.weight").size(0), config.encoder())
            + " classes): pt_inception-2015-12-05-6726825d.pth. Features of the one are not those"
            + " of the other.");
    FidInception network = new FidInception();
    load(network.state(), state);
    network.to(device);
    network.channelsLast();
    network.fold();
    network.train(false);
    Preprocess preprocess = Preprocess.named(pipeline);
    return new FidEncoder(
        identity("FID-Inception, " + output.description(), preprocess.identity(), output.width()),
        preprocess,
        network,
        output,
        new NetworkEncoder.Place(device, config.precision(), true));
  }

  private Encoder clipResNet() {
    ModifiedResNet network = ModifiedResNet.of(read(), source.file().toString());
    source.require(
        network.config().resolution() == 224 && network.config().outputDimension() == 1024,
        "holds CLIP's image tower for %d pixels and %d values; encoder clip-rn50 needs RN50.pt, 224"
                .formatted(network.config().resolution(), network.config().outputDimension())
            + " and 1024.");
    network.to(device);
    network.channelsLast();
    network.fold();
    Preprocess preprocess = Preprocess.named("clip_openai_224");
    return new NetworkEncoder(
        identity("CLIP RN50 image tower", preprocess.identity(), 1024),
        preprocess::apply,
        network::close,
        (x, i) -> network.forward(x),
        new NetworkEncoder.Place(device, config.precision(), true));
  }

  private Encoder clipTransformer() {
    VisionTransformer network = VisionTransformer.of(read(), source.file().toString());
    source.require(
        network.config().imageSide() == 336 && network.config().width() == 1024,
        "holds CLIP's image tower for %d pixels and width %d; encoder clip-vit-l14-336 needs"
                .formatted(network.config().imageSide(), network.config().width())
            + " ViT-L/14 at 336 pixels.");
    network.to(device);
    Preprocess preprocess = Preprocess.named("cmmd_336");
    return new NetworkEncoder(
        identity("CLIP ViT-L/14 image tower at 336", preprocess.identity(), 768),
        preprocess::apply,
        network::close,
        (x, i) -> network.forward(x),
        new NetworkEncoder.Place(device, config.precision(), false));
  }

  private Encoder dinov2(int width) {
    DinoV2 network = DinoV2.of(read(), source.file().toString());
    source.require(
        network.config().width() == width,
        "holds DINOv2 of width %d; encoder %s needs width %d, see winnow weights list."
            .formatted(network.config().width(), config.encoder(), width));
    network.to(device);
    String registers =
        network.config().registers() == 0
            ? ""
            : " with " + network.config().registers() + " registers";
    Preprocess preprocess = Preprocess.named("dinov2_224");
    return new NetworkEncoder(
        identity("DINOv2" + registers + ", class token", preprocess.identity(), width),
        preprocess::apply,
        network::close,
        (x, i) -> network.forward(x),
        new NetworkEncoder.Place(device, config.precision(), false));
  }

  private Encoder ddae() {
    if (!Files.isDirectory(source.file())) {
      source.require(
          false,
          "is a file%s; encoder ddae needs the diffusers folder of an unconditional UNet2DModel, with"
                  .formatted(
                      KnownNetworks.guess(read()).map(n -> " that looks like " + n).orElse(""))
              + " its scheduler. Give the folder.");
    }
    ModelFolder folder = ModelFolder.read(source.file());
    UNet2d unet = folder.network() instanceof UNet2d found ? found : null;
    source.require(
        unet != null, "holds no UNet2DModel; encoder ddae needs one. Give the folder of another.");
    DdaeBody body =
        new DdaeBody(
            unet,
            new NoiseSchedule(folder.scheduler().schedule()),
            config.ddae(),
            DdaeBody.Noise.ofSeed(seed),
            device);
    SmallInput input = new SmallInput(body.side(), Normalization.HALF);
    unet.to(device);
    unet.train(false);
    return new NetworkEncoder(
        identity(body.describe(seed), input.identity(), body.dimension()),
        input::apply,
        unet::close,
        body,
        new NetworkEncoder.Place(device, config.precision(), false));
  }

  private NetworkEncoder.Place place(ImageClassifier network) {
    network.to(device);
    network.channelsLast();
    network.fold();
    network.train(false);
    return new NetworkEncoder.Place(device, config.precision(), true);
  }

  private void load(ImageClassifier network, Map<String, Tensor> state) {
    load(network.state(), state);
  }

  private void load(Map<String, Tensor> into, Map<String, Tensor> state) {
    StateDict.load(
        into,
        state,
        source.file() + " for encoder " + config.encoder(),
        StateDict.Ignore.ending("num_batches_tracked"),
        StateDict.Ignore.beginning("AuxLogits."));
  }

  private EncoderIdentity identity(String architecture, String preprocessing, int dimension) {
    String precision = device.is_cuda() ? config.precision().suffix() : "";
    return new EncoderIdentity(
        config.encoder(), architecture + precision, sha256(), preprocessing, dimension);
  }
}
