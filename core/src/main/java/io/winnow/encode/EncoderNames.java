package io.winnow.encode;

import java.util.List;

/** The names under which recipes and commands know the encoders. */
public final class EncoderNames {
  public static final String RESNET18_CIFAR = "resnet18-cifar";
  public static final String RESNET20_CIFAR = "resnet20-cifar";
  public static final String RESNET32_CIFAR = "resnet32-cifar";
  public static final String RESNET44_CIFAR = "resnet44-cifar";
  public static final String RESNET56_CIFAR = "resnet56-cifar";
  public static final String RESNET110_CIFAR = "resnet110-cifar";
  public static final String RESNET18 = "resnet18";
  public static final String RESNET50 = "resnet50";
  public static final String RESNET50_V2 = "resnet50-v2";
  public static final String INCEPTION_V3 = "inception-v3";
  public static final String INCEPTION_V3_NO_TRANSFORM_INPUT = "inception-v3-no-transform-input";
  public static final String INCEPTION_V3_INSTANCE_SELECTION = "inception-v3-instance-selection";
  public static final String FID_INCEPTION = "fid-inception";
  public static final String FID_INCEPTION_TENSORFLOW = "fid-inception-tensorflow";
  public static final String FID_INCEPTION_CLEAN = "fid-inception-clean";
  public static final String SFID_INCEPTION_TENSORFLOW = "sfid-inception-tensorflow";
  public static final String CLIP_RN50 = "clip-rn50";
  public static final String CLIP_VIT_L14_336 = "clip-vit-l14-336";
  public static final String DINOV2_S = "dinov2-s";
  public static final String DINOV2_B = "dinov2-b";
  public static final String DINOV2_L = "dinov2-l";
  public static final String DINOV2_G = "dinov2-g";
  public static final String DDAE = "ddae";

  /** All of them. */
  public static final List<String> ALL =
      List.of(
          RESNET18_CIFAR,
          RESNET20_CIFAR,
          RESNET32_CIFAR,
          RESNET44_CIFAR,
          RESNET56_CIFAR,
          RESNET110_CIFAR,
          RESNET18,
          RESNET50,
          RESNET50_V2,
          INCEPTION_V3,
          INCEPTION_V3_NO_TRANSFORM_INPUT,
          INCEPTION_V3_INSTANCE_SELECTION,
          FID_INCEPTION,
          FID_INCEPTION_TENSORFLOW,
          FID_INCEPTION_CLEAN,
          SFID_INCEPTION_TENSORFLOW,
          CLIP_RN50,
          CLIP_VIT_L14_336,
          DINOV2_S,
          DINOV2_B,
          DINOV2_L,
          DINOV2_G,
          DDAE);

  private EncoderNames() {}
}
