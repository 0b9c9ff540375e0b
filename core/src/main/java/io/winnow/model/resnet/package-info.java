/**
 * Residual networks for images: the surrogate encoders of the paper (section II-A) and classifiers.
 * ResNet-18 in the form for 32x32 images, the ResNets 20 to 110 for CIFAR, ResNet-18 and -50 for
 * 224x224 images.
 *
 * <p>Shapes: B batch, C channels, H W pixels, D width of the feature, K classes. May import: {@code
 * nn}, {@code diffusion}, {@code weights}, {@code tensor}, {@code config}, {@code files}.
 */
package io.winnow.model.resnet;
