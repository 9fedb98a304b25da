namespace GrokForge.Gateway.Images;

/// <summary>Pictures and files that requests bring along.</summary>
internal static class ImagesModule
{
    public static WebApplicationBuilder AddImages(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ImageFitter>();
        builder.Services.AddSingleton<AttachmentIntake>();
        return builder;
    }
}
