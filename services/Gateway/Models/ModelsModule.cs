namespace GrokForge.Gateway.Models;

/// <summary>The list of models.</summary>
internal static class ModelsModule
{
    public static WebApplicationBuilder AddModels(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<OfferedModels>();
        return builder;
    }
}
