using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GrokForge.Gateway.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class ReasoningAndNotes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "reasoning_format",
                schema: "gateway",
                table: "virtual_keys",
                type: "character varying(32)",
                maxLength: 32,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<int>(
                name: "cached_tokens",
                schema: "gateway",
                table: "usage",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "notes",
                schema: "gateway",
                table: "usage",
                type: "character varying(256)",
                maxLength: 256,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<int>(
                name: "reasoning_tokens",
                schema: "gateway",
                table: "usage",
                type: "integer",
                nullable: false,
                defaultValue: 0);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "reasoning_format",
                schema: "gateway",
                table: "virtual_keys");

            migrationBuilder.DropColumn(
                name: "cached_tokens",
                schema: "gateway",
                table: "usage");

            migrationBuilder.DropColumn(
                name: "notes",
                schema: "gateway",
                table: "usage");

            migrationBuilder.DropColumn(
                name: "reasoning_tokens",
                schema: "gateway",
                table: "usage");
        }
    }
}
