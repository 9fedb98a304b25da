namespace GrokForge.Gateway.Pictures;

/// <summary>Pictures in OpenAI's dialect.</summary>
internal static class PicturesModule
{
    public static WebApplicationBuilder AddPictures(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<PicturesEndpoint>();
        return builder;
    }

    /// <param name="v1">The group /v1.</param>
    public static IEndpointRouteBuilder MapPictures(this IEndpointRouteBuilder v1)
    {
        v1.MapPost("/images/generations", static (PicturesEndpoint pictures, HttpContext context) => pictures.HandleAsync(context));
        return v1;
    }
}
